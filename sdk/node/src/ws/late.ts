// A send on a socket that is not open: it does what it did, and is told of.

import type { EventEmitter } from 'node:events';
import type { Draft } from '../event';
import { isObject, rawStack } from '../stack';
import { quietly, state } from '../state';
import type { SendFailure } from '../wire';
import { handshakeOf, recall } from './handshake';
import type { Copy } from './wrap';

export type Method = 'send' | 'ping' | 'pong';

/** What we use of a socket of `ws`. */
export interface Socket {
  readyState: number;
  bufferedAmount?: number;
  url?: string;
  _closeCode?: number;
  _closeFrameReceived?: boolean;
  _receiver?: EventEmitter;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type AnyFunction = (this: any, ...args: any[]) => any;

interface Call {
  copy: Copy;
  method: Method;
  original: AnyFunction;
  wrapper: AnyFunction;
}

/** `sendTooLate` and the wrapper that calls it. */
const OWN_FRAMES = 2;
const CONNECTING = 0;
const CLOSED = 3;
/** From this version on nobody is told of a message that cannot be sent, unless there is a callback. */
const SILENT_SINCE = 7;

export function sendTooLate(call: Call, socket: Socket, args: unknown[]): unknown {
  state.counts.sends += 1;
  state.counts.sends_not_open += 1;
  const draft = quietly(() => begin(call, socket));
  if (draft === undefined) return Reflect.apply(call.original, socket, args);
  const listened = listen(args, draft);
  const told = listened ?? ask(call, socket, args, draft);
  const restore = deepen(OWN_FRAMES);
  try {
    const result: unknown = Reflect.apply(call.original, socket, told.args);
    if (listened !== undefined) settle(draft, 'called_back');
    return result;
  } catch (error) {
    restore();
    // A callback may throw through `send`; then it was told, and what it throws is its own.
    if (!told.called()) quietly(() => settle(draft, 'thrown', error));
    throw error;
  } finally {
    restore();
  }
}

/** What is known before the call; the outcome is the worst until something better is seen. */
function begin(call: Call, socket: Socket): Draft | undefined {
  const { client } = state;
  if (client === undefined) return undefined;
  const failure = { ready_state: socket.readyState, outcome: 'dropped' as const, ...circumstances(socket) };
  const send = { method: call.method, failure, file: call.copy.file, request: () => handshakeOf(socket) };
  return client.captureSend(send, () => rawStack(call.wrapper));
}

function circumstances(socket: Socket): Partial<SendFailure> {
  const { bufferedAmount, readyState, _closeCode } = socket;
  const closedAt = recall(socket)?.closedAt;
  const isCodeKnown = readyState === CLOSED || socket._closeFrameReceived === true;
  return {
    ...(closedAt === undefined ? {} : { closed_for_ms: Math.max(0, Math.round(performance.now() - closedAt)) }),
    ...(typeof bufferedAmount === 'number' ? { buffered_amount: bufferedAmount } : {}),
    ...(isCodeKnown && typeof _closeCode === 'number' ? { close_code: _closeCode } : {}),
  };
}

interface Told {
  args: unknown[];
  /** Whether the callback was called. */
  called: () => boolean;
}

/** The caller's callback, heard on its way. */
function listen(args: unknown[], draft: Draft): Told | undefined {
  const index = args.findIndex((arg) => typeof arg === 'function');
  if (index < 0) return undefined;
  const callback = args[index] as AnyFunction;
  let called = false;
  const limit = Error.stackTraceLimit;
  const heard = function (this: unknown, ...results: unknown[]): unknown {
    called = true;
    if (Error.stackTraceLimit === limit + OWN_FRAMES) setLimit(limit);
    if (isObject(results[0])) quietly(() => settle(draft, 'called_back', results[0]));
    return Reflect.apply(callback, this, results);
  };
  return { args: args.map((arg, at) => (at === index ? heard : arg)), called: () => called };
}

/** Where nobody listens and `ws` would be silent, it is asked for its error: it knows its own lines. */
function ask(call: Call, socket: Socket, args: unknown[], draft: Draft): Told {
  const isSilent = call.copy.major >= SILENT_SINCE && socket.readyState !== CONNECTING;
  if (!isSilent) return { args, called: () => false };
  const answer = (error: unknown): void => {
    if (isObject(error)) draft.error = error;
  };
  return { args: [args[0], args[1], answer], called: () => false };
}

function settle(draft: Draft, outcome: SendFailure['outcome'], error?: unknown): void {
  if (draft.send !== undefined) draft.send.failure.outcome = outcome;
  // Whoever was told may have dealt with it; where it turns up uncaught, that is changed again.
  draft.handled = true;
  if (error === undefined) return;
  draft.error = error;
  state.client?.know(draft);
  if (error instanceof Error) withoutOurs(error);
}

/** Room for our frames, so that the host's stacks are as long as without us. */
function deepen(by: number): () => void {
  const limit = Error.stackTraceLimit;
  if (typeof limit !== 'number') return () => undefined;
  setLimit(limit + by);
  return () => {
    if (Error.stackTraceLimit === limit + by) setLimit(limit);
  };
}

/** An assignment would throw where the host has frozen it. */
function setLimit(limit: number): void {
  Reflect.set(Error, 'stackTraceLimit', limit);
}

/** The stack as it would be without this package: it may be printed. */
function withoutOurs(error: Error): void {
  const { stack } = error;
  if (typeof stack !== 'string' || !stack.includes(__dirname)) return;
  const lines = stack.split('\n').filter((line) => !(line.includes(__dirname) && line.trimStart().startsWith('at ')));
  error.stack = lines.join('\n');
}
