// Fastify: `initBugStack` before `fastify()` is enough; this plugin is for instances made before it.

import { initBugStack } from './handle';
import type { BugStackOptions } from './options';
import { followFastify } from './routers';

/** `fastify.register(bugstack, options)`. */
export function bugstackFastify(fastify: unknown, options: BugStackOptions, done: () => void): void {
  initBugStack(options);
  followFastify(fastify);
  done();
}

// Fastify puts a plugin's hooks into a scope of their own unless it says that it wants none.
Object.defineProperty(bugstackFastify, Symbol.for('skip-override'), { value: true });
Object.defineProperty(bugstackFastify, Symbol.for('fastify.display-name'), { value: '@bugstack/node' });

export { captureError, captureException, flush, close } from './capture';
export { initBugStack } from './handle';
export type { BugStackOptions } from './options';
