// Errors that nobody caught. How the process ends, and what it prints, stays as it was.

import { claim, quietly, state } from './state';

/** A rejection that Node is about to raise, for a reason that is no error. */
let rejected: { reason: unknown } | undefined;

export function watchProcess(): void {
  if (!claim('process')) return;
  process.on('uncaughtExceptionMonitor', (error, origin) => quietly(() => uncaught(error, origin)));
  process.on('exit', () => quietly(() => state.client?.exit()));
  watchRejections();
}

function uncaught(error: unknown, origin: string): void {
  const isRejection = origin === 'unhandledRejection';
  // Where the reason is no error, Node puts it into one of its own.
  const seen = isRejection && rejected !== undefined ? rejected.reason : error;
  rejected = undefined;
  state.counts.panics += 1;
  // A listener of the host decides whether the process goes on.
  const survives = process.listenerCount('uncaughtException') > 0;
  const capture = { error: seen, kind: isRejection ? 'unhandledRejection' : 'uncaughtException', handled: false };
  if (survives) state.client?.capture({ ...capture, level: 'error' });
  else state.client?.crash({ ...capture, level: 'fatal' });
}

/**
 * A listener for `unhandledRejection` would keep the process alive, and where the host has one the
 * monitor is not asked; so the event is watched on its way.
 */
function watchRejections(): void {
  const original = process.emit;
  const emit = function (this: unknown, ...args: unknown[]): boolean {
    const isRejection = args[0] === 'unhandledRejection';
    const handled = Reflect.apply(original, this, args) as boolean;
    if (isRejection) quietly(() => rejection(args[1], handled));
    return handled;
  };
  Object.defineProperty(emit, 'name', { value: 'emit', configurable: true });
  process.emit = emit as typeof process.emit;
}

function rejection(reason: unknown, handled: boolean): void {
  if (!handled && raises()) {
    rejected = reason instanceof Error ? undefined : { reason };
    return;
  }
  state.counts.panics += 1;
  state.client?.capture({ error: reason, kind: 'unhandledRejection', handled: false, level: 'error' });
}

/** Whether Node raises an unhandled rejection as an exception, which the monitor then sees. */
function raises(): boolean {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(' ')].join(' ');
  const mode = /--unhandled-rejections[= ](\w[\w-]*)/.exec(options)?.[1];
  return mode === undefined || mode === 'throw' || mode === 'strict';
}
