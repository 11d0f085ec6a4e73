// Handlers of web requests, such as those of Next's App Router, with the names of `bugstack-sdk`.

import { captureError, start } from '../capture';
import type { BugStackOptions } from '../options';
import { state } from '../state';
import type { RequestContext } from '../wire';

export interface RouteOptions {
  statusCode?: number;
  metadata?: Record<string, unknown>;
  /** False leaves an error of this route out. */
  shouldCapture?: (error: Error) => boolean;
}

interface WebRequest {
  method: string;
  url: string;
  headers?: { forEach(each: (value: string, key: string) => void): void };
}

/** Reports what the handler throws or rejects with, and throws it on. */
export function withErrorCapture<H extends (request: never, context: never) => unknown>(
  handler: H,
  options?: BugStackOptions,
  route: RouteOptions = {},
): H {
  if (options !== undefined) start(options);
  const wrapped = async (request: WebRequest, context: unknown): Promise<unknown> =>
    state.contexts.run({ request: () => described(request) }, async () => {
      try {
        return (await handler(request as never, context as never)) as unknown;
      } catch (error) {
        if (!isLeftOut(error, route)) void captureError(error, route.metadata);
        throw error;
      }
    });
  return wrapped as unknown as H;
}

export const withBugStack = withErrorCapture;

function isLeftOut(error: unknown, { shouldCapture }: RouteOptions): boolean {
  // Next throws these to redirect, or to answer that nothing is there.
  const digest = (error as { digest?: unknown } | null | undefined)?.digest;
  if (typeof digest === 'string' && digest.startsWith('NEXT_')) return true;
  return shouldCapture?.(error instanceof Error ? error : new Error(String(error))) === false;
}

function described({ method, url, headers }: WebRequest): RequestContext {
  const kept: Record<string, string> = {};
  headers?.forEach((value, key) => (kept[key] = value));
  return { protocol: 'http', method, url, headers: kept };
}
