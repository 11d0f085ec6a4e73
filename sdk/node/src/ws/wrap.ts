// Every copy of `ws` 5 to 8: its sockets count, remember their close, and tell of a send that comes too late.

import fs = require('node:fs');
import path = require('node:path');
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { addBreadcrumb } from '../breadcrumbs';
import { onLoad } from '../hooks';
import { get, isObject } from '../stack';
import { quietly, state } from '../state';
import { expectHandshake, handshakeOf, handshakeThrough, remember } from './handshake';
import { sendTooLate, type Method, type Socket } from './late';

/** One installed copy. */
export interface Copy {
  file: string;
  major: number;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type AnyFunction = (this: any, ...args: any[]) => any;

const OPEN = 1;
const METHODS: Method[] = ['send', 'ping', 'pong'];
const WRAPPED = Symbol.for('@bugstack/node/wrapped');

export function watchWebSockets(): void {
  onLoad('/lib/websocket.js', (file, exported) => {
    const copy = copyOf(file);
    if (copy !== undefined && typeof exported === 'function') wrapSocket(exported.prototype as Socket, copy);
  });
  onLoad('/lib/websocket-server.js', (file, exported) => {
    if (copyOf(file) !== undefined && typeof exported === 'function') wrapServer(exported.prototype as object);
  });
}

/** Of a class that a bundler has put where no hook can see it. */
export function watchClass(webSocket: unknown, server?: unknown): boolean {
  if (typeof webSocket !== 'function' || !isSocketClass(webSocket.prototype)) return false;
  // Its version is not known, so nothing is asked of it.
  wrapSocket(webSocket.prototype as Socket, { file: 'ws/lib/websocket.js', major: 0 });
  if (typeof server === 'function') wrapServer(server.prototype as object);
  return true;
}

/** `ws` 5 to 8, and nothing else that has such a file. */
function copyOf(file: string): Copy | undefined {
  const manifest = path.join(path.dirname(file), '..', 'package.json');
  try {
    const { name, version } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { name?: unknown; version?: unknown };
    const major = Number.parseInt(String(version), 10);
    return name === 'ws' && major >= 5 ? { file, major } : undefined;
  } catch {
    return undefined;
  }
}

/** Node's own `WebSocket`, and that of browsers, have no `ping`. */
function isSocketClass(prototype: unknown): boolean {
  return isObject(prototype) && METHODS.every((name) => typeof get(prototype, name) === 'function') && typeof get(prototype, 'emitClose') === 'function';
}

function wrapSocket(prototype: Socket, copy: Copy): void {
  if (!isSocketClass(prototype)) return;
  for (const method of METHODS) {
    replace(prototype, method, (original) => (method === 'send' ? wrapSend(original, copy) : wrapControl(original, copy, method)));
  }
  replace(prototype, 'setSocket', followOpen);
}

function wrapSend(original: AnyFunction, copy: Copy): AnyFunction {
  // As long as the original, and with its arguments untouched. An open socket costs one comparison.
  return function send(this: Socket, _data: unknown, _options: unknown, _callback: unknown) {
    if (this.readyState === OPEN) {
      state.counts.sends += 1;
      // eslint-disable-next-line prefer-rest-params
      return original.apply(this, arguments as never);
    }
    // eslint-disable-next-line prefer-rest-params
    return sendTooLate({ copy, method: 'send', original, wrapper: send }, this, [...arguments]);
  };
}

function wrapControl(original: AnyFunction, copy: Copy, method: Method): AnyFunction {
  const wrapper = function (this: Socket, _data: unknown, _mask: unknown, _callback: unknown) {
    // eslint-disable-next-line prefer-rest-params
    if (this.readyState === OPEN) return original.apply(this, arguments as never);
    // eslint-disable-next-line prefer-rest-params
    return sendTooLate({ copy, method, original, wrapper }, this, [...arguments]);
  };
  return wrapper;
}

/** The socket's opening, messages and close, heard where the host's listeners are not touched. */
function followOpen(original: AnyFunction): AnyFunction {
  return function setSocket(this: Socket, socket: Duplex, _head: unknown, _options: unknown) {
    // eslint-disable-next-line prefer-rest-params
    const result: unknown = original.apply(this, arguments as never);
    quietly(() => opened(this, socket));
    return result;
  };
}

function opened(webSocket: Socket, socket: Duplex): void {
  const request = handshakeThrough(socket);
  const memory = remember(webSocket);
  if (request !== undefined) memory.request = request;
  state.counts.connections += 1;
  addBreadcrumb('ws.open', place(webSocket));
  socket.prependListener('close', () =>
    quietly(() => {
      memory.closedAt = performance.now();
      addBreadcrumb('ws.close', `${place(webSocket)} ${webSocket._closeCode ?? ''}`.trim());
    }),
  );
  // What a message sets off belongs to its socket's handshake.
  webSocket._receiver?.prependListener('message', () => {
    if (state.client !== undefined) state.contexts.enterWith({ request: () => memory.request });
  });
}

function wrapServer(prototype: object): void {
  replace(prototype, 'handleUpgrade', (original) =>
    function handleUpgrade(this: unknown, request: IncomingMessage, socket: Duplex, _head: unknown, _callback: unknown) {
      quietly(() => expectHandshake(request, socket));
      // eslint-disable-next-line prefer-rest-params
      return original.apply(this, arguments as never);
    },
  );
}

/** The same name, length and attributes; never twice. */
function replace(prototype: object, name: string, wrap: (original: AnyFunction) => AnyFunction): void {
  const original = get(prototype, name) as (AnyFunction & { [WRAPPED]?: true }) | undefined;
  if (typeof original !== 'function' || original[WRAPPED] === true) return;
  const wrapper = wrap(original);
  const { length } = original;
  Object.defineProperties(wrapper, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
    [WRAPPED]: { value: true },
  });
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, { configurable: true, writable: true, enumerable: own?.enumerable ?? false, value: wrapper });
}

function place(socket: Socket): string {
  const { url } = handshakeOf(socket) ?? {};
  return (url ?? (typeof socket.url === 'string' ? socket.url : '')).split('?')[0] ?? '';
}
