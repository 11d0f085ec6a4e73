// What is remembered of a socket: how it was opened, and when it closed.

import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../wire';

export interface Memory {
  request?: RequestContext;
  /** On the clock of `performance.now`. */
  closedAt?: number;
}

const HEADERS = ['host', 'origin', 'user-agent', 'sec-websocket-version', 'x-request-id'];
const memories = new WeakMap<object, Memory>();

export function remember(socket: object): Memory {
  const known = memories.get(socket);
  if (known !== undefined) return known;
  const memory: Memory = {};
  memories.set(socket, memory);
  return memory;
}

export function recall(socket: object): Memory | undefined {
  return memories.get(socket);
}

export function handshakeOf(socket: object): RequestContext | undefined {
  return memories.get(socket)?.request;
}

/** The callback of `handleUpgrade`, which gets the new socket first. */
export function followHandshake(request: IncomingMessage, callback: (...args: unknown[]) => unknown) {
  return function (this: unknown, socket: unknown, ...rest: unknown[]): unknown {
    if (typeof socket === 'object' && socket !== null) remember(socket).request = opening(request);
    return Reflect.apply(callback, this, [socket, ...rest]);
  };
}

/** Small, since it lives as long as the socket. */
function opening({ url, headers }: IncomingMessage): RequestContext {
  const kept: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value.slice(0, 512);
  }
  return { protocol: 'ws', ...(url === undefined ? {} : { url: url.slice(0, 2_000) }), headers: kept };
}
