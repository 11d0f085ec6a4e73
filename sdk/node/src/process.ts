// Errors that nobody caught. How the process ends, and what it prints, stays as it was.

import { claim, quietly, state } from './state';

export function watchProcess(): void {
  if (!claim('process')) return;
  process.on('uncaughtExceptionMonitor', (error, origin) => quietly(() => uncaught(error, origin)));
  process.on('exit', () => quietly(() => state.client?.exit()));
  watchRejections();
}

function uncaught(error: unknown, origin: string): void {
  const isRejection = origin === 'unhandledRejection';
  const seen = isRejection ? reasonOf(error) : error;
  state.counts.panics += 1;
  // A listener of the host decides whether the process goes on.
  const survives = process.listenerCount('uncaughtException') > 0;
  const capture = { error: seen, kind: isRejection ? 'unhandledRejection' : 'uncaughtException', handled: false };
  if (survives) state.client?.capture({ ...capture, level: 'error' });
  else state.client?.crash({ ...capture, level: 'fatal' });
}

/** Where the reason of a rejection is no error, Node puts its words into one of its own. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_UNHANDLED_REJECTION') return error;
  const words = /with the reason "([\s\S]*)"\.?$/.exec(error.message)?.[1] ?? error.message;
  return Object.assign(new Error(words), { name: 'UnhandledRejection', stack: '' });
}

/**
 * A listener for `unhandledRejection` would keep the process alive. So there is one of ours only
 * while there is one of the host's, which keeps it alive anyway, or where Node only warns.
 */
function watchRejections(): void {
  const event = 'unhandledRejection';
  const onlyWarns = /--unhandled-rejections[= ](warn|none)(?![\w-])/.test(nodeOptions());
  const add = (): void => {
    if (!process.listeners(event).includes(rejected)) process.prependListener(event, rejected);
  };
  process.on('newListener', (name, listener) => {
    if (name === event && listener !== rejected) add();
  });
  process.on('removeListener', (name, listener) => {
    if (name === event && listener !== rejected && process.listenerCount(event) === 1 && !onlyWarns) process.removeListener(event, rejected);
  });
  if (onlyWarns || process.listenerCount(event) > 0) add();
}

function rejected(reason: unknown): void {
  quietly(() => {
    state.counts.panics += 1;
    state.client?.capture({ error: reason, kind: 'unhandledRejection', handled: false, level: 'error' });
  });
}

function nodeOptions(): string {
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
}
