// What is remembered of a socket: how it was opened, and when it closed.

import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../wire';

export interface Memory {
  request?: RequestContext;
  /** On the clock of `performance.now`. */
  closedAt?: number;
}

const HEADERS = ['host', 'origin', 'user-agent', 'sec-websocket-version', 'x-request-id'];
const expected = new WeakMap<object, RequestContext>();
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

/** What asks for a WebSocket over this connection, should it get one. */
export function expectHandshake(request: IncomingMessage, connection: object): void {
  expected.set(connection, opening(request));
}

export function handshakeThrough(connection: object): RequestContext | undefined {
  return expected.get(connection);
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
