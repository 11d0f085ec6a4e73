// Requests to the agent: a time-out on each, no redirect followed, nothing that keeps the process alive.

import type * as Http from 'node:http';
import type { Socket } from 'node:net';
import { SDK } from './event';
import type { Settings } from './options';
import { credentials, proxyFor, tunnel } from './proxy';

/** How a request ended. */
export type Answer =
  | { kind: 'done' }
  | { kind: 'refused'; status: number }
  | { kind: 'failed'; afterMs: number | undefined; arrived: boolean };

const USER_AGENT = `bugstack-node/${SDK.version}`;
const GZIP_BYTES = 2_048;
const ANSWER_BYTES = 64 << 10;
const LONGEST_WAIT_MS = 3_600_000;
/** Requests that are ours; they leave no breadcrumb. */
export const ours = new WeakSet<object>();

export class Transport {
  #agent: Http.Agent | undefined;
  readonly #proxy: URL | undefined;
  /** What the agent says that it takes, RFC 7694 and the W3C's Accept-Post. */
  takesGzip = false;
  takesBatches = false;

  constructor(readonly settings: Settings) {
    const { endpoint } = settings;
    this.#proxy = proxyFor(endpoint, settings.proxy, process.env);
  }

  post(path: string, body: string, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve) => {
      // Nothing of this belongs to a request of the host, and nothing of it may throw into one.
      this.#send(path, body, type, resolve).catch(() => resolve(failed(false)));
    });
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #send(path: string, body: string, type: string, resolve: (answer: Answer) => void): Promise<void> {
    const { endpoint, apiKey, timeout } = this.settings;
    const zipped = this.takesGzip && body.length >= GZIP_BYTES;
    const bytes = zipped ? (require('node:zlib') as typeof import('node:zlib')).gzipSync(body) : Buffer.from(body);
    const headers: Http.OutgoingHttpHeaders = {
      authorization: `Bearer ${apiKey}`,
      'content-type': type,
      'content-length': bytes.length,
      'user-agent': USER_AGENT,
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    };
    const target = `${endpoint.pathname.replace(/\/$/, '')}${path}`;
    const opened = this.#open({ method: 'POST', headers, path: target });
    // Not awaited in vain: its socket would come in between.
    const request = opened instanceof Promise ? await opened : opened;
    ours.add(request);
    let connected = false;
    const late = setTimeout(() => request.destroy(new Error('timed out')), timeout);
    late.unref();
    request.once('socket', (socket: Socket) => {
      socket.unref();
      if (!socket.connecting) connected = true;
      else socket.once('connect', () => (connected = true));
    });
    request.once('error', () => {
      clearTimeout(late);
      resolve(failed(connected));
    });
    request.once('response', (response) => {
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > ANSWER_BYTES) response.destroy();
      });
      response.once('close', () => {
        clearTimeout(late);
        resolve(this.#read(response));
      });
      response.on('error', () => undefined);
    });
    request.end(bytes);
  }

  #open(options: Http.RequestOptions): Http.ClientRequest | Promise<Http.ClientRequest> {
    const { endpoint } = this.settings;
    const secure = endpoint.protocol === 'https:';
    const place = { hostname: endpoint.hostname.replace(/^\[|\]$/g, ''), port: endpoint.port || (secure ? 443 : 80) };
    if (this.#proxy !== undefined && secure) return this.#openTunnel(this.#proxy, place.hostname, Number(place.port), options);
    const { Agent, request } = protocol(secure);
    const agent = (this.#agent ??= new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2 }));
    if (this.#proxy === undefined) return request({ ...place, ...options, agent });
    const { hostname, port } = this.#proxy;
    const headers = { ...(options.headers as Http.OutgoingHttpHeaders), host: endpoint.host, ...credentials(this.#proxy) };
    return request({ ...options, hostname, port: port || 80, headers, path: `http://${endpoint.host}${options.path}`, agent });
  }

  async #openTunnel(proxy: URL, host: string, port: number, options: Http.RequestOptions): Promise<Http.ClientRequest> {
    const socket = await tunnel(proxy, host, port, this.settings.timeout);
    return protocol(true).request({ hostname: host, port, ...options, createConnection: () => socket, agent: false });
  }

  #read(response: Http.IncomingMessage): Answer {
    const status = response.statusCode ?? 0;
    this.takesGzip = /\bgzip\b/.test(String(response.headers['accept-encoding'] ?? ''));
    this.takesBatches = /\bapplication\/x-ndjson\b/.test(String(response.headers['accept-post'] ?? ''));
    if (status >= 200 && status < 300) return { kind: 'done' };
    // 415: it takes no compression after all, which the missing header has told by now.
    const again = status >= 500 || [0, 408, 415, 429].includes(status);
    return again ? { kind: 'failed', afterMs: retryAfter(response.headers['retry-after']), arrived: false } : { kind: 'refused', status };
  }
}

/** Loaded with the first request, which is after the host's start. */
function protocol(secure: boolean): Pick<typeof Http, 'Agent' | 'request'> {
  return (secure ? require('node:https') : require('node:http')) as typeof Http;
}

function failed(arrived: boolean): Answer {
  return { kind: 'failed', afterMs: undefined, arrived };
}

/** Seconds, or a date. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}
