// Express, with the names of `bugstack-sdk/express`. `initBugStack` alone is enough to see its errors.

import { start } from './capture';
import type { BugStackOptions } from './options';
import { routerError } from './routers';
import { quietly } from './state';

// Express's own types would have to be installed.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;
type Next = (error?: unknown) => void;

/** Middleware for the end of the chain: reports what reaches it, and passes it on. */
export function bugstackErrorHandler(options?: BugStackOptions): (error: Any, request: Any, response: Any, next: Next) => void {
  if (options !== undefined) start(options);
  return (error, _request, _response, next) => {
    quietly(() => routerError(error, 'express'));
    next(error);
  };
}

/** Starts reporting; the middleware that it returns does nothing. */
export function initBugStack(options: BugStackOptions = {}): (request: Any, response: Any, next: Next) => void {
  start(options);
  return (_request, _response, next) => next();
}

/** A handler whose errors, rejections too, go to `next` and are reported. */
export function wrapExpressHandler(
  handler: (request: Any, response: Any, next: Next) => unknown,
): (request: Any, response: Any, next: Next) => Promise<void> {
  return async (request, response, next) => {
    try {
      await handler(request, response, next);
    } catch (error) {
      quietly(() => routerError(error, 'express'));
      next(error);
    }
  };
}

export { captureError, captureException, flush, close } from './capture';
export { BugStackClient, ErrorCaptureClient } from './handle';
export type { BugStackOptions, BugStackOptions as ErrorCaptureConfig } from './options';
export type { BugStackEvent, BugStackEvent as CapturedError } from './wire';
