// What is being served: each HTTP request, with how to describe it should something go wrong.

import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { claim, quietly, state } from './state';
import type { RequestContext } from './wire';

/** A request as Express, Fastify or Nest have completed it. */
interface Served extends IncomingMessage {
  originalUrl?: string;
  route?: { path?: unknown };
  body?: unknown;
}

/** Counts requests, and gives each a context. */
export function watchRequests(): void {
  if (!claim('requests')) return;
  subscribe('http.server.request.start', (message) =>
    quietly(() => {
      const { request } = message as { request: IncomingMessage };
      state.counts.requests += 1;
      if (state.client === undefined) return;
      state.contexts.enterWith({ request: () => describe(request) });
    }),
  );
}

export function describe(request: IncomingMessage): RequestContext {
  const { method, originalUrl, url, headers, route, body } = request as Served;
  const path = originalUrl ?? url;
  return {
    protocol: 'http',
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { url: path }),
    ...(typeof route?.path === 'string' ? { route: route.path } : {}),
    headers: headers as Record<string, string>,
    ...(body === undefined ? {} : { body }),
  };
}
