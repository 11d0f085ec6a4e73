// Programs run as processes of their own, with this package or without it.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const app = (name) => path.join(root, 'test', 'apps', name);

/** A folder that is gone when the test is. */
export function folder(t) {
  const made = mkdtempSync(path.join(os.tmpdir(), 'bugstack-node-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** How a process ended, and what it said. */
export function run(file, { args = [], node = [], env = {}, ms = 30_000, ready, kill, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(process.execPath, [...node, file, ...args], { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, cwd });
    const late = setTimeout(() => child.kill('SIGKILL'), ms);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part) => {
      stdout += part;
      if (ready !== undefined && stdout.includes(ready)) child.kill(kill);
    });
    child.stderr.on('data', (part) => (stderr += part));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code, signal, stdout, stderr, ms: Number(process.hrtime.bigint() - begin) / 1e6 });
    });
  });
}

/** The environment that makes a program report. */
export function reporting(agent, stateDir) {
  return { BUGSTACK_API_KEY: 'bs_test', BUGSTACK_ENDPOINT: agent.endpoint, BUGSTACK_STATE_DIR: stateDir };
}

/** The line of a file that carries `// at: name`. */
export function lineOf(file, name) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(`// at: ${name}`));
  if (index < 0) throw new Error(`${file} has no line for ${name}`);
  return index + 1;
}

/** The innermost frame of the application. */
export function site(event) {
  return event.exceptions[0].frames.find((frame) => frame.in_app);
}
