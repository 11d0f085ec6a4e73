// Functions that report what their inner function throws, and throw it on.

import { captureError } from './capture';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyFunction = (...args: any[]) => any;

/** Reports what the function throws or rejects with; both go on as they were. */
export function wrapFunction<T extends AnyFunction>(fn: T, metadata?: Record<string, unknown>): T {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    try {
      const result: unknown = Reflect.apply(fn, this, args);
      if (result instanceof Promise) result.catch((error: unknown) => void captureError(error, metadata));
      return result;
    } catch (error) {
      void captureError(error, metadata);
      throw error;
    }
  };
  return wrapped as T;
}

/** A `captureError` with metadata of its own. */
export function createErrorCapture(base: Record<string, unknown>): typeof captureError {
  return (error, metadata) => captureError(error, { ...base, ...metadata });
}

/** Uncaught errors are watched from the start; kept for `bugstack-sdk`. */
export function installGlobalHandlers(): void {}
