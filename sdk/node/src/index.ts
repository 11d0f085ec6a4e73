// `@bugstack/node`: one call, and errors that would have gone unseen are reported to a BugStack agent.

export {
  captureError,
  captureException,
  flush,
  close,
  addBreadcrumb,
  watchWebSocket,
} from './capture';
export { wrapFunction, createErrorCapture, installGlobalHandlers } from './wrappers';
export { initBugStack, BugStackClient, ErrorCaptureClient } from './handle';
export { ErrorDeduplicator, RetryQueue } from './compat/queues';
export { withBugStack, withErrorCapture, type RouteOptions } from './compat/routes';
export { generateErrorFingerprint, generateFingerprintFromParts } from './compat/fingerprint';
export { parseStackTrace, getFirstAppFrame, getAppFrames, formatStackFrames, type StackFrame } from './compat/frames';
export { sanitizeHeaders, sanitizeQueryParams, sanitizeObject, truncateBody, safeParseBody } from './compat/sanitize';
export type { BugStackOptions, BugStackOptions as BugStackConfig, BugStackOptions as ErrorCaptureConfig } from './options';
export type { BugStackEvent, BugStackEvent as CapturedError, Breadcrumb, Exception, Frame, Level, RequestContext, SendFailure } from './wire';
