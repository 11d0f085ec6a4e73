// The folder where unsent events wait: ours alone, and not where others could have put it.

import fs = require('node:fs');
import os = require('node:os');
import path = require('node:path');
import type { Settings } from './options';
import { shortName } from './unique';

const PRIVATE = 0o700;

/** The folder of this project, made where it is missing; nothing if there is no safe one. */
export function stateFolder(settings: Settings, env: Record<string, string | undefined>): string | undefined {
  if (settings.stateDir === false) return undefined;
  const root = settings.stateDir ?? defaultRoot(env);
  if (root === undefined || !path.isAbsolute(root)) return undefined;
  // Projects do not mix, and the key is not written down.
  const project = shortName(`${settings.endpoint.href}\n${settings.apiKey}`);
  const folder = path.join(root, project);
  try {
    fs.mkdirSync(root, { recursive: true, mode: PRIVATE });
    if (!isOurs(root)) return undefined;
    fs.mkdirSync(folder, { recursive: true, mode: PRIVATE });
    return isOurs(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function defaultRoot(env: Record<string, string | undefined>): string | undefined {
  const service = env['STATE_DIRECTORY']?.split(':')[0];
  const base = service || env['XDG_STATE_HOME'] || (process.platform === 'win32' ? env['LOCALAPPDATA'] : undefined);
  if (base) return path.join(base, 'bugstack');
  const home = homeFolder();
  return home === undefined ? undefined : path.join(home, '.local', 'state', 'bugstack');
}

function homeFolder(): string | undefined {
  try {
    const home = os.homedir();
    return home === '' || home === path.parse(home).root ? undefined : home;
  } catch {
    return undefined;
  }
}

/** A real folder of this user that nobody else can enter. A symbolic link is not one. */
function isOurs(folder: string): boolean {
  const facts = fs.lstatSync(folder);
  if (!facts.isDirectory()) return false;
  if (typeof process.getuid !== 'function') return true;
  if (facts.uid !== process.getuid()) return false;
  if ((facts.mode & 0o077) !== 0) fs.chmodSync(folder, PRIVATE);
  return true;
}
