// The real fault forms on NestJS 11 and ws 8: which SDK tells of them, with the application's line.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, leaveOne, prepare, start } from '../test/support/nest.mjs';
import { lineOf } from '../test/support/run.mjs';
import { startSink } from './sink.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const FORMS = {
  closing: 'A: broadcast over `server.clients` while one is closing',
  dropped: 'A2: plain send to a stale socket of an own Set',
  timer: 'A2: the same from a timer',
  heartbeat: 'A2: `ping()` to a stale socket',
  callback: 'A2: callback that logs',
  cbthrow: 'A2: callback that throws; the process dies',
  awaited: 'A2: awaited promise of send in a loop',
  all: 'A2: `Promise.all` of sends',
  floating: 'A2: floating promise; the process dies',
  later: 'B: send after an `await`, the client is gone',
  connecting: 'D: send on an outbound socket that is connecting',
  stream: 'D: `createWebSocketStream` written after close; the process dies',
  bug: 'a TypeError in a gateway handler',
  guard: 'an error in a guard of a gateway',
  pipe: 'an error in a pipe of a gateway',
  interceptor: 'an error in an interceptor of a gateway',
};
const built = prepare(11);
const source = readFileSync(built, 'utf8');

/** The same application with another SDK; its lines stay where they are. */
function variant(name, call) {
  const file = path.join(path.dirname(built), `${name}.js`);
  const text = source
    .replace('const node_1 = require("@bugstack/node");', '')
    .replace('(0, node_1.initBugStack)();', call);
  if (text.includes('initBugStack)()')) throw new Error('the application has changed');
  writeFileSync(file, text);
  return file;
}

const modules = path.join(here, 'node_modules');
const SDKS = {
  '@bugstack/node': { file: built, env: (port, state) => ({ BUGSTACK_API_KEY: 'bs_test', BUGSTACK_ENDPOINT: `http://127.0.0.1:${port}`, BUGSTACK_STATE_DIR: path.join(state, 'bugstack') }), node: [] },
  '@sentry/node': { file: variant('sentry', ''), env: (port) => ({ SDK: '@sentry/node', PORT_OF_SINK: String(port) }), node: ['--require', path.join(here, 'sentry.cjs')] },
  'bugstack-sdk': {
    file: variant('bugstack-sdk', `const old = require(${JSON.stringify(path.join(modules, 'bugstack-sdk/dist/adapters/generic/index.js'))}); old.initBugStack({ apiKey: 'k', endpoint: \`http://127.0.0.1:\${process.env.PORT_OF_SINK}/api/capture\`, debug: false }); old.installGlobalHandlers();`),
    env: (port) => ({ PORT_OF_SINK: String(port) }),
    node: [],
  },
};

async function told(sdk, form) {
  const { file, env, node } = SDKS[sdk];
  const state = mkdtempSync(path.join(os.tmpdir(), 'bugstack-bench-'));
  const sink = await startSink();
  const program = await start(file, env(sink.port, state), node);
  const observer = await connect(program.port);
  observer.on('error', () => undefined);
  await leaveOne(program.port, observer);
  observer.send(JSON.stringify({ event: form, data: 'hello' }));
  await Promise.race([program.ended, delay(2_500)]);
  // What died may have left something for its next start.
  const next = await start(file, env(sink.port, state), node);
  await delay(1_000);
  await Promise.all([program.stop(), next.stop()]);
  observer.terminate();
  await sink.close();
  rmSync(state, { recursive: true, force: true });
  const events = [...sink.events.values()];
  if (events.length === 0) return 'no';
  const line = lineOf(file, form);
  const named = events.some(({ frames }) => frames.some((frame) => frame.file === file && frame.line === line));
  return named ? 'yes' : 'yes, without the line';
}

console.log(`Node ${process.version}, load ${os.loadavg()[0].toFixed(2)}, ${new Date().toISOString()}\n`);
console.log(`| fault | ${Object.keys(SDKS).map((sdk) => `\`${sdk}\``).join(' | ')} |\n|---|---|---|---|`);
for (const [form, words] of Object.entries(FORMS)) {
  const cells = [];
  for (const sdk of Object.keys(SDKS)) cells.push(await told(sdk, form));
  console.log(`| ${words} | ${cells.join(' | ')} |`);
}
process.exit(0);
