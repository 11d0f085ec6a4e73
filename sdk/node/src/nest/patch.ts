// NestJS 10 to 12: what gateways, controllers and what stands before them hand to the exception layer.

import fs = require('node:fs');
import { createRequire } from 'node:module';
import path = require('node:path');
import { pathToFileURL } from 'node:url';
import { onLoad, onRequire } from '../hooks';
import { programFolder } from '../release';
import { get, isObject } from '../stack';
import { quietly, state } from '../state';
import { handlerContext } from './context';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type AnyFunction = (this: any, ...args: any[]) => any;

/** A class of Nest whose prototype is followed. */
interface Place {
  package: string;
  file: string;
  /** The exported class. */
  name: string;
  method: string;
  wrap: (original: AnyFunction) => AnyFunction;
}

const WRAPPED = Symbol.for('@bugstack/node/wrapped');

const PLACES: Place[] = [
  handler('@nestjs/core', 'exceptions/exceptions-handler.js', 'ExceptionsHandler', 'next'),
  handler('@nestjs/core', 'exceptions/external-exceptions-handler.js', 'ExternalExceptionsHandler', 'next'),
  handler('@nestjs/websockets', 'exceptions/ws-exceptions-handler.js', 'WsExceptionsHandler', 'handle'),
  handler('@nestjs/microservices', 'exceptions/rpc-exceptions-handler.js', 'RpcExceptionsHandler', 'handle'),
  creator('@nestjs/core', 'router/router-execution-context.js', 'RouterExecutionContext', 'http', 2),
  creator('@nestjs/websockets', 'context/ws-context-creator.js', 'WsContextCreator', 'ws', 3),
  creator('@nestjs/microservices', 'context/rpc-context-creator.js', 'RpcContextCreator', 'rpc', 3),
];

export function watchNest(): void {
  for (const place of PLACES) {
    onLoad(`${place.package}/${place.file}`, (_file, exported) => patch(place, exported));
    // Nest 12 is made of ES modules: what lies behind the package is asked for where it is required …
    onRequire(place.package, (file) => requirePlace(place, file));
  }
  // … and imported where the program itself is one.
  if (require.main === undefined) setImmediate(() => void importPlaces());
}

function handler(packageName: string, file: string, name: string, method: string): Place {
  return { package: packageName, file, name, method, wrap: followExceptions };
}

function creator(packageName: string, file: string, name: string, protocol: 'http' | 'ws' | 'rpc', nameAt: number): Place {
  return { package: packageName, file, name, method: 'create', wrap: (original) => followHandlers(original, protocol, nameAt) };
}

function followExceptions(original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    quietly(() => handedOver(args[0]));
    return original.apply(this, args);
  };
}

function handedOver(exception: unknown): void {
  if (isExpected(exception)) return;
  state.client?.capture({ error: exception, kind: 'nest', handled: false });
}

/** An answer to the client rather than a fault: below 500, or raised on purpose for it. */
function isExpected(exception: unknown): boolean {
  if (!isObject(exception)) return false;
  const getStatus = get(exception, 'getStatus');
  if (typeof getStatus === 'function') return Number(Reflect.apply(getStatus, exception, [])) < 500;
  return names(exception).some((name) => name === 'WsException' || name === 'RpcException');
}

function names(exception: object): string[] {
  const found: string[] = [];
  for (let at: unknown = Object.getPrototypeOf(exception); isObject(at) && found.length < 10; at = Object.getPrototypeOf(at)) {
    const constructor = get(at, 'constructor');
    if (typeof constructor === 'function') found.push(constructor.name);
  }
  return found;
}

/** `create(instance, callback, …)` makes the function that serves; what it does gets a context. */
function followHandlers(original: AnyFunction, protocol: 'http' | 'ws' | 'rpc', nameAt: number): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const serve: unknown = original.apply(this, args);
    if (typeof serve !== 'function') return serve;
    const described = quietly(() => handlerContext(this, args, protocol, nameAt));
    if (described === undefined) return serve;
    const followed = function (this: unknown, ...inputs: unknown[]): unknown {
      const context = quietly(() => described(inputs));
      if (context === undefined || state.client === undefined) return Reflect.apply(serve, this, inputs);
      // Nest looks at what is thrown, or comes through an observable, outside of this function.
      const around = state.contexts.getStore();
      if (around !== undefined) {
        around.request = context.request;
        return Reflect.apply(serve, this, inputs);
      }
      return state.contexts.run(context, () => Reflect.apply(serve, this, inputs) as unknown);
    };
    // Nest keeps metadata on functions.
    return Object.defineProperties(followed, Object.getOwnPropertyDescriptors(serve));
  };
}

function patch(place: Place, exported: unknown): void {
  const found = isObject(exported) ? get(exported, place.name) : undefined;
  const prototype = typeof found === 'function' ? (found.prototype as Record<string, AnyFunction & { [WRAPPED]?: true }>) : undefined;
  const original = prototype?.[place.method];
  if (prototype === undefined || original === undefined || original[WRAPPED] === true) return;
  const wrapper = Object.defineProperties(place.wrap(original), {
    name: { value: place.method, configurable: true },
    length: { value: original.length, configurable: true },
    [WRAPPED]: { value: true },
  });
  Object.defineProperty(prototype, place.method, { value: wrapper, writable: true, configurable: true });
}

function requirePlace(place: Place, main: string): void {
  const folder = packageFolder(main, place.package);
  if (folder === undefined || !isModules(folder)) return;
  const file = path.join(folder, place.file);
  if (fs.existsSync(file)) patch(place, createRequire(main)(file));
}

async function importPlaces(): Promise<void> {
  const from = createRequire(path.join(programFolder(), 'index.js'));
  for (const place of PLACES) {
    const main = quietly(() => resolved(from, place.package));
    const folder = main === undefined ? undefined : packageFolder(main, place.package);
    if (folder === undefined || !isModules(folder)) continue;
    const file = path.join(folder, place.file);
    if (!fs.existsSync(file)) continue;
    try {
      patch(place, await import(pathToFileURL(file).href));
    } catch (error) {
      state.client?.debug(`${place.package} cannot be followed`, error);
    }
  }
}

function resolved(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

function packageFolder(file: string, name: string): string | undefined {
  const part = path.join(path.sep, ...name.split('/'), path.sep);
  const at = file.lastIndexOf(part);
  return at < 0 ? undefined : file.slice(0, at + part.length);
}

function isModules(folder: string): boolean {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { type?: unknown };
  return manifest.type === 'module';
}
