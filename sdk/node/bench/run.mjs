// The figures of docs/benchmarks.md: this package beside `@sentry/node` and `bugstack-sdk`, in one run.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSink } from './sink.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SDKS = ['@bugstack/node', '@sentry/node', 'bugstack-sdk'];
const RUNS = 9;

// `npm run build` comes before.
if (!existsSync(path.join(here, 'node_modules'))) {
  execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: 'inherit' });
}

function child(name, sdk, port, state) {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: state, SDK: sdk, PORT: String(port), STATE: path.join(state, 'bugstack') };
    const running = spawn(process.execPath, [path.join(here, 'cases.cjs'), name], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const late = setTimeout(() => running.kill('SIGKILL'), 60_000);
    let stdout = '';
    running.stdout.on('data', (part) => (stdout += part));
    running.once('close', () => {
      clearTimeout(late);
      resolve(stdout.trim() === '' ? {} : JSON.parse(stdout));
    });
  });
}

async function withSink(work) {
  const sink = await startSink();
  const state = mkdtempSync(path.join(os.tmpdir(), 'bugstack-bench-'));
  try {
    return await work(sink, state);
  } finally {
    await sink.close();
    rmSync(state, { recursive: true, force: true });
  }
}

function size(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isSymbolicLink()) return sum;
    return sum + (entry.isDirectory() ? size(at) : statSync(at).size);
  }, 0);
}

function installed(sdk) {
  if (sdk === '@bugstack/node') {
    const [{ size: packed, unpackedSize }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts', '--loglevel=error'], { cwd: path.join(here, '..'), encoding: 'utf8' }));
    return `${kb(unpackedSize)} (packed ${kb(packed)}), 0 dependencies`;
  }
  const modules = path.join(here, 'node_modules');
  if (sdk === 'bugstack-sdk') return `${kb(size(path.join(modules, sdk)))}, 0 dependencies`;
  const all = readdirSync(modules).filter((name) => !name.startsWith('.') && name !== 'bugstack-sdk');
  const count = all.reduce((sum, name) => sum + (name.startsWith('@') ? readdirSync(path.join(modules, name)).length : 1), 0);
  return `${kb(all.reduce((sum, name) => sum + size(path.join(modules, name)), 0))}, ${count - 1} dependencies`;
}

function kb(bytes) {
  return bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

async function startCpu(sdk) {
  return withSink(async (sink, state) => {
    const runs = [];
    const bare = [];
    for (let run = 0; run < RUNS; run++) {
      bare.push(await child('start', 'bare', sink.port, state));
      runs.push(await child('start', sdk, sink.port, state));
    }
    const over = (key) => (median(runs.map((run) => run[key])) - median(bare.map((run) => run[key]))).toFixed(1);
    return `${over('cpuMs')} ms; ${over('allMs')} after a second`;
  });
}

async function captureTime(sdk) {
  return withSink(async (sink, state) => {
    const { firstUs, p50Us, p90Us } = await child('capture', sdk, sink.port, state);
    return `p50 ${p50Us.toFixed(0)} µs, p90 ${p90Us.toFixed(0)}, first ${firstUs.toFixed(0)}`;
  });
}

async function burst(sdk) {
  return withSink(async (sink, state) => {
    const { ms, rssGrowthMb } = await child('burst', sdk, sink.port, state);
    return `${sink.events.size} in ${ms.toFixed(0)} ms, ${rssGrowthMb.toFixed(0)} MB more`;
  });
}

/** Down for the whole life, then a second start while it is up. */
async function down(sdk) {
  return withSink(async (sink, state) => {
    const { port } = sink;
    await sink.close();
    await child('five', sdk, port, state);
    const later = await startSink(port);
    await child('again', sdk, port, state);
    await later.close();
    sink.close = async () => undefined;
    return `${later.events.size} of 5`;
  });
}

async function exit(sdk) {
  return withSink(async (sink, state) => {
    await child('exit', sdk, sink.port, state);
    await child('again', sdk, sink.port, state);
    return `${sink.events.size} of 1`;
  });
}

const ROWS = [
  ['installed', async (sdk) => installed(sdk)],
  ['CPU of require and init over bare Node, median of 9; the same with what is sent in the first second', startCpu],
  ['a capture, in the calling tick (500, 3 ms apart, 20 frames deep)', captureTime],
  ['a burst of 1,000 distinct errors: delivered', burst],
  ['agent down for the whole life of a process, then a second start: delivered', down],
  ['capture, then `process.exit`, then a second start: delivered', exit],
];

console.log(`Node ${process.version}, load ${os.loadavg()[0].toFixed(2)}, ${new Date().toISOString()}\n`);
console.log(`| what | ${SDKS.map((sdk) => `\`${sdk}\``).join(' | ')} |\n|---|---|---|---|`);
for (const [what, measure] of ROWS) {
  const cells = [];
  for (const sdk of SDKS) cells.push(await measure(sdk));
  console.log(`| ${what} | ${cells.join(' | ')} |`);
}
const { bareNs, wrappedNs, costNs } = JSON.parse(execFileSync(process.execPath, [path.join(here, 'wrap.cjs')], { encoding: 'utf8' }));
console.log(`| the wrap of a send on an open socket | ${costNs.toFixed(1)} ns (${bareNs.toFixed(1)} bare, ${wrappedNs.toFixed(1)} wrapped) | no wrap | no wrap |`);
