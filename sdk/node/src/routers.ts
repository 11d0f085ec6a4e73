// Errors that Express and Fastify are handed: they answer them, so nothing else would see them.

import { subscribe } from 'node:diagnostics_channel';
import { onLoad } from './hooks';
import { get, isObject } from './stack';
import { claim, quietly, state } from './state';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type AnyFunction = (this: any, ...args: any[]) => any;

const WRAPPED = Symbol.for('@bugstack/node/wrapped');
/** What a `next` may be given that is no error. */
const SIGNALS = new Set<unknown>(['route', 'router']);

export function watchRouters(): void {
  onLoad('/lib/router/layer.js', (_file, exported) => followLayer(exported, 'handle_request'));
  onLoad('/router/lib/layer.js', (_file, exported) => followLayer(exported, 'handleRequest'));
  if (!claim('fastify')) return;
  subscribe('fastify.initialization', (message) => quietly(() => followFastify(get(message as object, 'fastify'))));
}

/** Reports what reaches an error handler, unless it is an answer below 500. */
export function routerError(error: unknown, kind: string): void {
  if (error === undefined || error === null || error === false || SIGNALS.has(error) || isAnswer(error)) return;
  state.client?.capture({ error, kind, handled: false });
}

function isAnswer(error: unknown): boolean {
  if (!isObject(error)) return false;
  const status = Number(get(error, 'statusCode') ?? get(error, 'status'));
  return status >= 400 && status < 500;
}

/** A layer passes its errors on with `next`; so does what it throws. */
function followLayer(layer: unknown, method: string): void {
  const prototype = typeof layer === 'function' ? (layer.prototype as Record<string, AnyFunction & { [WRAPPED]?: true }>) : undefined;
  const original = prototype?.[method];
  if (prototype === undefined || original === undefined || original[WRAPPED] === true) return;
  const followed = function (this: unknown, request: unknown, response: unknown, next: unknown): unknown {
    if (typeof next !== 'function') return original.apply(this, [request, response, next]);
    const followedNext = function (this: unknown, ...args: unknown[]): unknown {
      quietly(() => routerError(args[0], 'express'));
      return Reflect.apply(next, this, args);
    };
    return original.apply(this, [request, response, followedNext]);
  };
  prototype[method] = Object.defineProperties(followed, { name: { value: method }, [WRAPPED]: { value: true } });
}

interface Fastify {
  addHook(name: 'onError', hook: (request: unknown, reply: unknown, error: unknown, done: () => void) => void): unknown;
}

const fastifies = new WeakSet<object>();

/** Once for each instance. */
export function followFastify(fastify: unknown): void {
  if (!isObject(fastify) || fastifies.has(fastify) || typeof get(fastify, 'addHook') !== 'function') return;
  fastifies.add(fastify);
  (fastify as Fastify).addHook('onError', (_request, _reply, error, done) => {
    quietly(() => routerError(error, 'fastify'));
    done();
  });
}
