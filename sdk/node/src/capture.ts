// What a host calls: start, report, wait, stop.

import { Client } from './client';
import { addBreadcrumb as leaveBreadcrumb, collectBreadcrumbs } from './breadcrumbs';
import { watchRequests } from './context';
import { resolveOptions, type BugStackOptions } from './options';
import { watchNest } from './nest/patch';
import { watchProcess } from './process';
import { rawStack } from './stack';
import { quietly, state } from './state';
import { watchRouters } from './routers';
import { watchClass, watchWebSockets } from './ws/wrap';

const WAIT_MS = 2_000;

/** Starts reporting, unless it was started already. Without an API key it does nothing. */
export function start(options: BugStackOptions = {}): void {
  if (state.client === undefined) quietly(() => begin(options));
}

function begin(options: BugStackOptions): void {
  const settings = resolveOptions(options, process.env);
  if (typeof settings === 'string') {
    if (options.debug === true) process.stderr.write(`[bugstack] nothing is reported: ${settings}\n`);
    return;
  }
  const client = new Client(settings);
  state.client = client;
  for (const watch of [watchProcess, watchWebSockets, watchNest, watchRouters, watchRequests]) quietly(watch);
  if (settings.maxBreadcrumbs > 0) quietly(collectBreadcrumbs);
  client.start();
}

/** Reports an error. True if it was accepted; false if it is left out, or nothing was started. */
export function captureError(error: unknown, metadata?: Record<string, unknown>): Promise<boolean> {
  const { client } = state;
  if (client === undefined) return Promise.resolve(false);
  const raw = error instanceof Error ? {} : { raw: rawStack(captureError) };
  const id = quietly(() => client.capture({ error, kind: 'captureError', handled: true, metadata, ...raw }));
  return Promise.resolve(id !== undefined);
}

/** The same as `captureError`. */
export const captureException = captureError;

/**
 * Waits until the agent has everything that was captured until now. True only if it has; false if
 * time ran out, if it refused something, or if something had no room.
 */
export async function flush(timeoutMs = WAIT_MS): Promise<boolean> {
  return state.client === undefined ? true : state.client.flush(timeoutMs);
}

/** Flushes, sends the last pulse, and stops. What could not be sent waits on the disk. */
export async function close(timeoutMs = WAIT_MS): Promise<boolean> {
  return state.client === undefined ? true : state.client.close(timeoutMs);
}

/** Leaves a note for the events that follow. */
export function addBreadcrumb(category: string, message: string): void {
  quietly(() => leaveBreadcrumb(String(category), String(message)));
}

/** For a `ws` inside a bundle, where no hook sees it: its `WebSocket`, and its server's class. */
export function watchWebSocket(webSocket: unknown, server?: unknown): boolean {
  return quietly(() => watchClass(webSocket, server)) ?? false;
}
