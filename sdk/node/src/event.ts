// From what was seen to an event: frames read, secrets taken out, hooks of the host asked.

import type { Settings } from './options';
import type { Version } from './release';
import type { Scrubber } from './scrub';
import type { Context } from './state';
import { exceptions, frames, type RawStack } from './stack';
import type { Breadcrumb, BugStackEvent, Exception, Frame, Level, RequestContext, SendFailure } from './wire';

export const SDK = { name: '@bugstack/node', version: '0.1.0' };

/** What was seen, as cheaply as it can be kept. */
export interface Draft {
  id: string;
  time: number;
  error: unknown;
  kind: string;
  handled: boolean;
  level: Level;
  /** Our own stack, where the error has none or a short one. */
  raw?: RawStack | undefined;
  send?: SendDraft | undefined;
  metadata?: Record<string, unknown> | undefined;
  context?: Context | undefined;
  breadcrumbs: Breadcrumb[];
}

/** A send on a socket that was not open. */
export interface SendDraft {
  method: string;
  failure: SendFailure;
  /** The file of the `ws` copy. */
  file: string;
  request: () => RequestContext | undefined;
}

/** What every event of a client shares. */
export interface Surroundings {
  settings: Settings;
  version: Version;
  scrub: Scrubber;
}

const STATES: Record<number, string> = { 0: '0 (CONNECTING)', 2: '2 (CLOSING)', 3: '3 (CLOSED)' };

/** Nothing if the event is not to be sent. */
export function finish(draft: Draft, around: Surroundings): BugStackEvent | undefined {
  const found = draft.send === undefined ? thrown(draft) : sent(draft, draft.send);
  if (found === undefined || isIgnored(found, around.settings)) return undefined;
  const request = requestOf(draft);
  const { shouldCapture, beforeSend } = around.settings;
  if (shouldCapture !== undefined && shouldCapture(asError(draft.error, found), request) === false) {
    return undefined;
  }
  const event = assemble(draft, found, request, around);
  if (beforeSend === undefined) return event;
  const changed = beforeSend(withOldNames(event));
  return changed === null || changed === undefined || typeof changed !== 'object' ? undefined : changed;
}

function assemble(
  draft: Draft,
  found: Exception[],
  request: RequestContext | undefined,
  { settings, version, scrub }: Surroundings,
): BugStackEvent {
  const { commit, release } = version;
  const metadata = { ...settings.metadata, ...draft.metadata };
  const { environment } = settings;
  return {
    id: draft.id,
    timestamp: new Date(draft.time).toISOString(),
    platform: 'node',
    level: draft.level,
    exceptions: found.map((each) => ({ ...each, message: scrub.text(each.message) })),
    mechanism: { kind: draft.kind, handled: draft.handled },
    ...(release === undefined ? {} : { release }),
    ...(commit === undefined ? {} : { commit }),
    ...(environment === undefined ? {} : { environment }),
    ...(draft.send === undefined ? {} : { send: draft.send.failure }),
    ...(request === undefined ? {} : { request: scrubbed(request, settings, scrub) }),
    ...(draft.breadcrumbs.length === 0 ? {} : { breadcrumbs: draft.breadcrumbs.map((crumb) => ({ ...crumb, message: scrub.text(crumb.message) })) }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata: scrub.value(metadata) as Record<string, unknown> }),
    sdk: SDK,
  };
}

function requestOf(draft: Draft): RequestContext | undefined {
  const around = draft.context?.request();
  const socket = draft.send?.request();
  // The message that is being served says more than the socket that was written to.
  return around ?? socket;
}

function scrubbed(request: RequestContext, settings: Settings, scrub: Scrubber): RequestContext {
  const { url, headers, body, ...rest } = request;
  return {
    ...rest,
    ...(url === undefined ? {} : { url: scrub.url(url, settings.captureQueryParams) }),
    ...(headers === undefined || !settings.captureHeaders ? {} : { headers: scrub.headers(headers) }),
    ...(body === undefined || !settings.captureRequestBody ? {} : { body: bounded(scrub.value(body), settings.maxBodySize) }),
  };
}

function bounded(body: unknown, characters: number): unknown {
  const text = JSON.stringify(body) ?? '';
  return text.length <= characters ? body : `${text.slice(0, characters)}…`;
}

/** An error with its causes; a value without a stack gets ours. */
function thrown(draft: Draft): Exception[] {
  const found = exceptions(draft.error);
  const first = found[0];
  if (first !== undefined && first.frames.length === 0 && draft.raw !== undefined) {
    first.frames = frames(draft.raw.stack);
  }
  return found;
}

/** A send: `ws`'s own frames, then ours, which reach further. Nothing if no application sent. */
function sent(draft: Draft, send: SendDraft): Exception[] | undefined {
  const callers = frames(draft.raw?.stack);
  const sender = callers.find((frame) => !isPlumbing(frame, send.file));
  // Its transport is its own matter: it knows which of its sockets are open.
  if (sender?.file !== undefined && /[\\/]node_modules[\\/](engine\.io|engine\.io-client|socket\.io)[\\/]/.test(sender.file)) {
    return undefined;
  }
  if (!callers.some((frame) => frame.in_app === true)) return undefined;
  const message = `WebSocket is not open: readyState ${STATES[send.failure.ready_state]}`;
  const [error = { type: 'Error', message, frames: [] }] = draft.error === undefined ? [] : exceptions(draft.error);
  const inside = ownFrames(error.frames, send.file);
  const entry: Frame = { function: `WebSocket.${send.method}`, file: send.file, in_app: false };
  return [{ ...error, frames: [...(inside.length > 0 ? inside : [entry]), ...callers] }];
}

function ownFrames(found: Frame[], file: string): Frame[] {
  const end = found.findIndex((frame) => frame.file !== file);
  return end < 0 ? found : found.slice(0, end);
}

/** `ws` itself and Node's own code, which stand between the socket and who sent. */
function isPlumbing(frame: Frame, file: string): boolean {
  const folder = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return frame.file === undefined || frame.file.startsWith('node:') || frame.file.startsWith(folder);
}

function isIgnored(found: Exception[], settings: Settings): boolean {
  const first = found[0];
  if (first === undefined) return true;
  const words = `${first.type}: ${first.message}`;
  return settings.ignoreErrors.some((each) =>
    typeof each === 'string' ? each !== '' && words.includes(each) : each.test(words),
  );
}

function asError(error: unknown, found: Exception[]): Error {
  return error instanceof Error ? error : new Error(found[0]?.message ?? '');
}

/** Hooks written for `bugstack-sdk` read and write `message`, `name`, `route` and the like. */
function withOldNames(event: BugStackEvent): BugStackEvent {
  const first = event.exceptions[0];
  const alias = (get: () => unknown, set: (value: never) => void): PropertyDescriptor => ({ get, set, enumerable: false });
  return Object.defineProperties(event, {
    name: alias(() => first?.type, (value: string) => first && (first.type = String(value))),
    message: alias(() => first?.message, (value: string) => first && (first.message = String(value))),
    stackFrames: alias(() => first?.frames, (value: Frame[]) => first && (first.frames = value)),
    route: alias(() => event.request?.route ?? event.request?.pattern ?? 'generic', () => undefined),
    method: alias(() => event.request?.method ?? 'N/A', () => undefined),
    url: alias(() => event.request?.url ?? 'N/A', () => undefined),
  });
}
