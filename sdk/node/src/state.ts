// One state for the process, however many copies of this package are loaded into it.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from './client';
import type { Breadcrumb, Counts, RequestContext } from './wire';

/** What belongs to the work under way: a request, or a message of a socket. */
export interface Context {
  /** Asked for only when something is captured. */
  request: () => RequestContext | undefined;
  breadcrumbs?: Breadcrumb[];
}

export interface State {
  client: Client | undefined;
  counts: Counts;
  contexts: AsyncLocalStorage<Context>;
  breadcrumbs: Breadcrumb[];
  /** What was hooked already, by name, so that nothing is hooked twice. */
  hooked: Set<string>;
}

const KEY = Symbol.for('@bugstack/node/1');

type Global = typeof globalThis & { [KEY]?: State };

export const state: State = ((globalThis as Global)[KEY] ??= {
  client: undefined,
  counts: noCounts(),
  contexts: new AsyncLocalStorage<Context>(),
  breadcrumbs: [],
  hooked: new Set(),
});

export function noCounts(): Counts {
  return { sends: 0, sends_not_open: 0, connections: 0, requests: 0, panics: 0 };
}

/** Whether this is the first to hook `name`. */
export function claim(name: string): boolean {
  if (state.hooked.has(name)) return false;
  state.hooked.add(name);
  return true;
}

/** Runs what must never hurt the host: its own failure is told in debug mode only. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    state.client?.debug('failed inside the SDK', error);
    return undefined;
  }
}
