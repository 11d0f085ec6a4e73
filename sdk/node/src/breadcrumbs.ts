// What happened before: the last few lines of the console, requests, connections.

import { subscribe } from 'node:diagnostics_channel';
import { claim, quietly, state } from './state';
import { ours } from './transport';
import type { Breadcrumb } from './wire';

const KEPT = 100;
const MESSAGE_CHARACTERS = 200;
const LEVELS = ['log', 'info', 'warn', 'error', 'debug'] as const;

export function addBreadcrumb(category: string, message: string): void {
  if (state.client === undefined || state.client.settings.maxBreadcrumbs === 0) return;
  const crumb = { timestamp: new Date().toISOString(), category, message: message.slice(0, MESSAGE_CHARACTERS) };
  const context = state.contexts.getStore();
  const ring = context === undefined ? state.breadcrumbs : (context.breadcrumbs ??= []);
  ring.push(crumb);
  if (ring.length > KEPT) ring.shift();
}

/** The latest of the work under way and of the process, in the order of time. */
export function crumbs(limit: number): Breadcrumb[] {
  if (limit === 0) return [];
  const own = state.contexts.getStore()?.breadcrumbs ?? [];
  const all = own.length === 0 ? state.breadcrumbs.slice(-limit) : [...state.breadcrumbs.slice(-limit), ...own.slice(-limit)];
  if (own.length > 0) all.sort((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  return all.slice(-limit);
}

export function collectBreadcrumbs(): void {
  if (!claim('breadcrumbs')) return;
  for (const level of LEVELS) followConsole(level);
  subscribe('http.client.request.start', (message) => quietly(() => followRequest(message)));
  subscribe('undici:request:create', (message) => quietly(() => followFetch(message)));
}

function followConsole(level: (typeof LEVELS)[number]): void {
  const original = console[level];
  const wrapped = function (this: unknown, ...args: unknown[]): void {
    const first = args[0];
    if (typeof first === 'string') addBreadcrumb(`console.${level}`, first);
    else if (first instanceof Error) addBreadcrumb(`console.${level}`, `${first.name}: ${first.message}`);
    Reflect.apply(original, this, args);
  };
  Object.defineProperty(wrapped, 'name', { value: level, configurable: true });
  console[level] = wrapped;
}

interface Request {
  method?: string;
  host?: string;
  path?: string;
}

function followRequest(message: unknown): void {
  const { request } = message as { request: Request & object };
  if (ours.has(request)) return;
  addBreadcrumb('http', `${request.method} ${request.host}${withoutQuery(request.path)}`);
}

function followFetch(message: unknown): void {
  const { request } = message as { request: { method?: string; origin?: string; path?: string } };
  addBreadcrumb('http', `${request.method} ${request.origin}${withoutQuery(request.path)}`);
}

function withoutQuery(path: string | undefined): string {
  return path?.split('?')[0] ?? '';
}
