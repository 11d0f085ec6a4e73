// Sees modules when they are loaded. Imported CommonJS goes the same way as required.

import Module = require('node:module');
import { claim, quietly } from './state';

/** Told the file and what it exports. */
export type Follower = (file: string, exported: unknown) => void;

interface Loader {
  _load(request: string, parent: unknown, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: unknown, isMain: boolean): string;
  _cache: Record<string, { exports: unknown; loaded: boolean } | undefined>;
}

const loader = Module as unknown as Loader;
const followers: { part: string; follow: Follower }[] = [];
const packages: { name: string; follow: (file: string) => void }[] = [];

/** Calls `follow` for each module with `part` in its path, for those that are loaded already too. */
export function onLoad(part: string, follow: Follower): void {
  followers.push({ part, follow });
  for (const file of Object.keys(loader._cache)) {
    const module = loader._cache[file];
    if (module?.loaded === true && plain(file).includes(part)) quietly(() => follow(file, module.exports));
  }
  if (claim('loader')) hookLoader();
}

/** Calls `follow` with the file behind each `require` of the package, those of before included. */
export function onRequire(name: string, follow: (file: string) => void): void {
  packages.push({ name, follow });
  const required = Object.keys(loader._cache).find((file) => plain(file).includes(`/node_modules/${name}/`));
  if (required !== undefined) quietly(() => follow(required));
  if (claim('loader')) hookLoader();
}

function hookLoader(): void {
  const original = loader._load;
  const load = function (this: unknown, request: string, parent: unknown, isMain: boolean): unknown {
    const exported: unknown = Reflect.apply(original, this, [request, parent, isMain]);
    if (typeof request === 'string' && isWatched(request)) quietly(() => loaded(request, parent, exported));
    return exported;
  };
  Object.defineProperty(load, 'name', { value: original.name, configurable: true });
  // V8 names it by the place that it no longer has; so stacks read as ever.
  if (original.name === '') Object.defineProperty(original, 'name', { value: '_load', configurable: true });
  loader._load = load;
}

/** Quick, since it is asked for every `require`: the last name of the request decides. */
function isWatched(request: string): boolean {
  const path = plain(request);
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.js$/, '');
  return followers.some(({ part }) => part.endsWith(`/${name}.js`)) || packages.some((each) => each.name === path);
}

function loaded(request: string, parent: unknown, exported: unknown): void {
  const file = loader._resolveFilename(request, parent, false);
  const path = plain(file);
  // Half of a module, in a circle: it will be asked for again.
  if (loader._cache[file]?.loaded === false) return;
  for (const { name, follow } of packages) if (name === request) quietly(() => follow(file));
  for (const { part, follow } of followers) if (path.includes(part)) quietly(() => follow(file, exported));
}

function plain(file: string): string {
  return file.replaceAll('\\', '/');
}
