// What a handler of Nest serves: the request, or the message with its handshake, pattern, class and method.

import type { IncomingMessage } from 'node:http';
import { describe } from '../context';
import { get, isObject } from '../stack';
import type { Context } from '../state';
import type { RequestContext } from '../wire';
import { handshakeOf } from '../ws/handshake';

/** Given what a handler is called with, its context. */
export function handlerContext(
  creator: unknown,
  args: unknown[],
  protocol: 'http' | 'ws' | 'rpc',
  nameAt: number,
): ((inputs: unknown[]) => Context) | undefined {
  const [instance, callback] = args;
  if (!isObject(instance)) return undefined;
  const method = args[nameAt];
  const constructor = get(instance, 'constructor');
  const pattern = protocol === 'http' ? undefined : patternOf(creator, callback);
  const place: Partial<RequestContext> = {
    ...(typeof constructor === 'function' ? { class: constructor.name } : {}),
    ...(typeof method === 'string' ? { handler: method } : {}),
    ...(pattern === undefined ? {} : { pattern }),
  };
  return (inputs) => ({ request: () => ({ ...served(protocol, inputs[0]), protocol, ...place }) });
}

function served(protocol: string, first: unknown): Partial<RequestContext> {
  if (!isObject(first)) return {};
  if (protocol === 'http') return describe(requestOf(first));
  return protocol === 'ws' ? (handshakeOf(first) ?? ioHandshake(first)) : {};
}

/** Fastify wraps Node's request, and knows the route. */
function requestOf(request: object): IncomingMessage {
  const raw = get(request, 'raw');
  return (isObject(raw) && typeof get(request, 'url') !== 'string' ? raw : request) as IncomingMessage;
}

/** A socket of socket.io brings its own. */
function ioHandshake(socket: object): Partial<RequestContext> {
  const handshake = get(socket, 'handshake');
  if (!isObject(handshake)) return {};
  const url = get(handshake, 'url');
  const headers = get(handshake, 'headers');
  return {
    ...(typeof url === 'string' ? { url } : {}),
    ...(isObject(headers) ? { headers: headers as Record<string, string> } : {}),
  };
}

/** What `@SubscribeMessage` or `@MessagePattern` were given, as Nest stored it. */
function patternOf(creator: unknown, callback: unknown): string | undefined {
  const reflect = isObject(creator) ? get(creator, 'reflectCallbackPattern') : undefined;
  const stored: unknown = typeof reflect === 'function' ? Reflect.apply(reflect, creator, [callback]) : metadata(callback);
  if (typeof stored === 'string') return stored.slice(0, 200);
  const pattern = Array.isArray(stored) && stored.length === 1 ? (stored[0] as unknown) : stored;
  return pattern === undefined ? undefined : (JSON.stringify(pattern) ?? '').slice(0, 200);
}

function metadata(callback: unknown): unknown {
  const read = get(Reflect, 'getMetadata');
  if (typeof read !== 'function' || typeof callback !== 'function') return undefined;
  const found = ['message', 'microservices:pattern'].map((key) => Reflect.apply(read, Reflect, [key, callback]) as unknown);
  return found.find((each) => each !== undefined);
}
