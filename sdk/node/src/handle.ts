// The one call, and what it gives back: the client's name and methods of `bugstack-sdk` included.

import { captureError, close, flush, start } from './capture';
import { SDK } from './event';
import type { BugStackOptions, Settings } from './options';
import { scrubber } from './scrub';
import { state } from './state';

/**
 * Starts reporting; once for a process, whichever of its modules asks first. Without an API key it
 * does nothing. It never throws.
 */
export function initBugStack(options: BugStackOptions = {}): ErrorCaptureClient {
  return ErrorCaptureClient.init(options);
}

export class ErrorCaptureClient {
  static init(options: BugStackOptions = {}): ErrorCaptureClient {
    start(options);
    return shared;
  }

  static getInstance(): ErrorCaptureClient | null {
    return state.client === undefined ? null : shared;
  }

  static isInitialized(): boolean {
    return state.client !== undefined;
  }

  /** Stops without waiting; what is unsent waits on the disk. */
  static reset(): void {
    shared.destroy();
  }

  static getVersion(): string {
    return SDK.version;
  }

  /** False if there is no key, or the options switch it off. */
  get enabled(): boolean {
    return state.client !== undefined;
  }

  captureError(error: unknown, metadata?: Record<string, unknown>): Promise<boolean> {
    return captureError(error, metadata);
  }

  flush(timeoutMs?: number): Promise<boolean> {
    return flush(timeoutMs);
  }

  close(timeoutMs?: number): Promise<boolean> {
    return close(timeoutMs);
  }

  /** Reports an error that was described by hand. */
  reportError(described: { name?: string; message: string; stack?: string; metadata?: Record<string, unknown> }): Promise<boolean> {
    const { name = 'Error', message, stack, metadata } = described;
    const error = Object.assign(new Error(message), { name, stack: stack ?? `${name}: ${message}` });
    return captureError(error, metadata);
  }

  getConfig(): Partial<Settings> {
    return { ...state.client?.settings };
  }

  shouldRedact(field: string): boolean {
    return scrubber(state.client?.settings.redactFields).isSecret(field);
  }

  /** How many events no one will get, and where unsent ones wait. */
  getStats(): { lost: number; stateFolder: string | undefined } {
    return { lost: state.client?.lost ?? 0, stateFolder: state.client?.folder };
  }

  destroy(): void {
    void close(0);
  }
}

const shared = new ErrorCaptureClient();

export const BugStackClient = ErrorCaptureClient;
