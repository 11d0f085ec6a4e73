// Which version and commit this process runs: from the environment, package.json and git.

import fs = require('node:fs');
import path = require('node:path');

export interface Version {
  release: string | undefined;
  commit: string | undefined;
}

/** Where platforms name the commit that they built. */
const COMMIT_VARIABLES = [
  'GIT_COMMIT',
  'COMMIT_SHA',
  'SOURCE_VERSION',
  'RENDER_GIT_COMMIT',
  'RAILWAY_GIT_COMMIT_SHA',
  'VERCEL_GIT_COMMIT_SHA',
  'HEROKU_SLUG_COMMIT',
  'CI_COMMIT_SHA',
  'GITHUB_SHA',
];
/** How many folders up the manifest and the repository are looked for. */
const CLIMB = 8;
const TEXT_BYTES = 1 << 20;
const SHA = /^[0-9a-f]{7,40}$/i;

/** What was stated wins; a stated release says enough, if it contains a commit. */
export function version(
  stated: Version,
  env: Record<string, string | undefined>,
  folder: string,
): Version {
  if (stated.commit !== undefined || namesCommit(stated.release)) return stated;
  const commit = fromEnvironment(env) ?? fromGit(folder);
  const release = stated.release ?? fromManifest(folder, commit);
  return { release, commit };
}

/** The folder of the program that runs. */
export function programFolder(): string {
  const script = process.argv[1];
  return script === undefined ? process.cwd() : path.dirname(path.resolve(script));
}

function namesCommit(release: string | undefined): boolean {
  const words = release?.split(/[^0-9a-z]/i).map((word) => word.replace(/^g(?=[0-9a-f]{7})/, ''));
  return words?.some((word) => SHA.test(word) && /\d/.test(word) && /[a-f]/i.test(word)) ?? false;
}

function fromEnvironment(env: Record<string, string | undefined>): string | undefined {
  return COMMIT_VARIABLES.map((name) => env[name]?.trim()).find(
    (commit) => commit !== undefined && SHA.test(commit),
  );
}

function fromManifest(folder: string, commit: string | undefined): string | undefined {
  const manifest = climb(folder, (at) => read(path.join(at, 'package.json')));
  if (manifest === undefined) return undefined;
  try {
    const { name, version } = JSON.parse(manifest) as { name?: unknown; version?: unknown };
    if (typeof name !== 'string' || typeof version !== 'string') return undefined;
    return commit === undefined ? `${name}@${version}` : `${name}@${version}+${commit.slice(0, 12)}`;
  } catch {
    return undefined;
  }
}

function fromGit(folder: string): string | undefined {
  const git = climb(folder, (at) => gitFolder(path.join(at, '.git')));
  if (git === undefined) return undefined;
  const head = read(path.join(git, 'HEAD'))?.trim();
  const branch = head?.match(/^ref: (refs\/[\w./-]+)$/)?.[1];
  if (branch === undefined) return head !== undefined && SHA.test(head) ? head : undefined;
  if (branch.split('/').includes('..')) return undefined;
  const common = read(path.join(git, 'commondir'))?.trim();
  const shared = common === undefined ? git : path.resolve(git, common);
  const sha = read(path.join(shared, branch))?.trim() ?? packed(shared, branch);
  return sha !== undefined && SHA.test(sha) ? sha : undefined;
}

/** `.git` is a folder, or in a work tree a file that names one. */
function gitFolder(place: string): string | undefined {
  try {
    if (fs.statSync(place).isDirectory()) return place;
  } catch {
    return undefined;
  }
  const target = read(place)?.match(/^gitdir: (.+)$/m)?.[1];
  return target === undefined ? undefined : path.resolve(path.dirname(place), target.trim());
}

function packed(git: string, branch: string): string | undefined {
  const line = read(path.join(git, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${branch}`));
  return line?.split(' ')[0];
}

function climb<T>(folder: string, look: (folder: string) => T | undefined): T | undefined {
  let at = folder;
  for (let step = 0; step < CLIMB; step++) {
    const found = look(at);
    if (found !== undefined) return found;
    const parent = path.dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
  return undefined;
}

function read(file: string): string | undefined {
  try {
    const facts = fs.statSync(file);
    return facts.isFile() && facts.size <= TEXT_BYTES ? fs.readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
