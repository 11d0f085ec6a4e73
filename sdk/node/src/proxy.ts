// Which proxy leads to the agent, and the tunnel through it.

import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

type Environment = Record<string, string | undefined>;

/** The stated proxy, or the environment's; none for a loopback address. */
export function proxyFor(endpoint: URL, stated: string | false | undefined, env: Environment): URL | undefined {
  if (stated === false) return undefined;
  if (stated === undefined && (isLoopback(endpoint.hostname) || isExempt(endpoint, env))) return undefined;
  const scheme = endpoint.protocol.slice(0, -1);
  const address = stated ?? env[`${scheme}_proxy`] ?? env[`${scheme.toUpperCase()}_PROXY`] ?? env['all_proxy'] ?? env['ALL_PROXY'];
  if (!address) return undefined;
  try {
    const url = new URL(address.includes('://') ? address : `http://${address}`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isExempt(endpoint: URL, env: Environment): boolean {
  const names = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const { hostname, host } = endpoint;
  return names.some((name) => {
    const bare = name.replace(/^\*?\./, '');
    return name === '*' || host === name || hostname === bare || hostname.endsWith(`.${bare}`);
  });
}

/** The header for the name and password in the proxy's URL, if there are any. */
export function credentials({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(both).toString('base64')}` };
}

/** A TLS connection to the endpoint through the proxy's CONNECT. */
export function tunnel(proxy: URL, host: string, port: number, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = proxy.protocol === 'https:';
    // Loaded here: most agents are near, and need neither.
    const { request: open } = (secure ? require('node:https') : require('node:http')) as typeof import('node:http');
    const tls = require('node:tls') as typeof import('node:tls');
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const request = open({
      method: 'CONNECT',
      hostname: proxy.hostname,
      port: proxy.port || (secure ? 443 : 80),
      path: target,
      headers: { host: target, ...credentials(proxy) },
      agent: false,
      timeout: timeoutMs,
    });
    request.once('socket', (socket: Socket) => socket.unref());
    request.once('timeout', () => request.destroy(new Error('the proxy is too slow')));
    request.once('error', reject);
    request.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(new Error(`the proxy refuses the tunnel: ${response.statusCode}`));
        return;
      }
      const secured = tls.connect({ socket: socket as Socket, servername: host });
      secured.unref();
      secured.once('error', reject);
      secured.once('secureConnect', () => resolve(secured));
    });
    request.end();
  });
}
