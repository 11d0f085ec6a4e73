// Stacks: taken cheaply where something happens, read into frames later.

import { fileURLToPath } from 'node:url';
import type { Exception, Frame } from './wire';

/** How deep our own stacks go: `ws` and a framework use up V8's ten. */
const OWN_DEPTH = 50;
const FRAMES = 250;
const LINE_CHARACTERS = 2_048;
const MESSAGE_CHARACTERS = 8_192;
const EXCEPTIONS = 10;

/** A stack that nobody has formatted yet. */
export interface RawStack {
  stack?: string;
}

/** The stack above `callee`. The host's `Error.stackTraceLimit` is as it was afterwards. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function rawStack(callee: Function): RawStack {
  const raw: RawStack = {};
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const raised = limit === undefined || limit.writable === true;
  if (raised) Error.stackTraceLimit = OWN_DEPTH;
  Error.captureStackTrace(raw, callee);
  if (!raised) return raw;
  if (limit === undefined) Reflect.deleteProperty(Error, 'stackTraceLimit');
  else Error.stackTraceLimit = limit.value as number;
  return raw;
}

/** What was thrown, then its causes; the errors of an `AggregateError` follow it. */
export function exceptions(thrown: unknown): Exception[] {
  const found: Exception[] = [];
  const seen = new Set<unknown>();
  const queue: unknown[] = [thrown];
  while (queue.length > 0 && found.length < EXCEPTIONS) {
    const error = queue.shift();
    if (seen.has(error)) continue;
    seen.add(error);
    found.push(exception(error));
    if (!isObject(error)) continue;
    const cause = get(error, 'cause');
    const errors = get(error, 'errors');
    if (Array.isArray(errors)) queue.push(...errors.slice(0, EXCEPTIONS));
    if (cause !== undefined && cause !== null) queue.unshift(cause);
  }
  return found;
}

function exception(error: unknown): Exception {
  if (!isObject(error)) return { type: typeof error, message: text(error), frames: [] };
  const name = get(error, 'name');
  const message = get(error, 'message');
  const isError = error instanceof Error || typeof message === 'string';
  return {
    type: (isError && typeof name === 'string' && name !== '' ? name : className(error)).slice(0, 256),
    message: (isError ? text(message) : json(error)).slice(0, MESSAGE_CHARACTERS),
    frames: frames(get(error, 'stack'), text(message)),
  };
}

/** The frames of a stack as V8 writes it, innermost first. */
export function frames(stack: unknown, message = ''): Frame[] {
  if (typeof stack !== 'string') return [];
  // The message may have lines that look like frames.
  const at = message === '' ? -1 : stack.indexOf(message);
  const body = at >= 0 && at < 300 ? stack.slice(at + message.length) : stack;
  const found: Frame[] = [];
  for (const line of body.split('\n')) {
    const frame = readFrame(line);
    if (frame !== undefined) found.push(frame);
    if (found.length >= FRAMES) break;
  }
  return found;
}

function readFrame(line: string): Frame | undefined {
  const trimmed = line.trim();
  if (!trimmed.startsWith('at ') || trimmed.length > LINE_CHARACTERS) return undefined;
  const call = trimmed.slice(3).replace(/^async /, '');
  const open = call.endsWith(')') ? call.lastIndexOf(' (') : -1;
  const name = open < 0 ? undefined : call.slice(0, open);
  const place = open < 0 ? call : call.slice(open + 2, -1);
  return { ...named(name), ...placed(place) };
}

function named(name: string | undefined): Frame {
  const plain = name?.replace(/ \[as .*\]$/, '').replace(/^new /, '').trim();
  return plain === undefined || plain === '' || plain === '<anonymous>' ? {} : { function: plain };
}

function placed(place: string): Frame {
  const match = /^(.*?):(\d+)(?::(\d+))?$/.exec(place);
  if (match?.[1] === undefined) return place === '<anonymous>' || place === 'native' ? {} : { file: plainPath(place), in_app: false };
  const file = plainPath(match[1]);
  const column = match[3] === undefined ? {} : { column: Number(match[3]) };
  return { file, line: Number(match[2]), ...column, in_app: isInApp(file) };
}

function plainPath(file: string): string {
  if (!file.startsWith('file://')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

/** The application's own code, by its path: neither Node nor a package. */
export function isInApp(file: string): boolean {
  const isPlace = /^(\/|[A-Za-z]:[\\/]|\\\\|webpack:)/.test(file);
  return isPlace && !/[\\/]node_modules[\\/]/.test(file) && !isOwn(file);
}

/** This package's own code, also where it is linked from elsewhere. */
function isOwn(file: string): boolean {
  return file.startsWith(__dirname) && /^[\\/]/.test(file.slice(__dirname.length));
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A property, also of an object that throws when it is asked. */
export function get(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  try {
    return typeof value === 'string' ? value : value === undefined ? '' : String(value);
  } catch {
    return '';
  }
}

/** A thrown object that is no error: its fields, not `[object Object]`. */
function json(value: object): string {
  try {
    return JSON.stringify(value) ?? text(value);
  } catch {
    return text(value);
  }
}

function className(value: object): string {
  const constructor = get(value, 'constructor');
  const name = isObject(constructor) ? get(constructor, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}
