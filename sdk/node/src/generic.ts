// The names of `bugstack-sdk/generic`.

export { captureError, captureException, flush, close } from './capture';
export { wrapFunction, createErrorCapture, installGlobalHandlers } from './wrappers';
export { initBugStack, BugStackClient, ErrorCaptureClient } from './handle';
export type { BugStackOptions, BugStackOptions as ErrorCaptureConfig } from './options';
export type { BugStackEvent, BugStackEvent as CapturedError } from './wire';
