// Records what the applications really say when a peer leaves at the wrong moment.
//
//   node record.mjs APPS
//
// APPS holds copies of `nest-chat` (`npm ci`, `npm run build`) and `plain-ws` (`npm ci`). The
// recordings land beside this script; only the machine's paths are replaced.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const apps = realpathSync(process.argv[2]);
const { WebSocket } = createRequire(join(apps, 'nest-chat/package.json'))('ws');
const DEADLINE_MS = 20_000;

/** The path, who must have left before the fault's event, the event, and where the error shows. */
const faults = [
  { name: 'rooms', event: 'announce', data: 'dinner', shows: 'log', leaves: 'before' },
  { name: 'chat', event: 'message', data: 'hello', shows: 'capture', leaves: 'before' },
  {
    name: 'presence',
    event: 'status',
    data: { name: 'ada', status: 'here' },
    shows: 'capture',
    leaves: 'before',
  },
  { name: 'history', event: 'history', data: 'kitchen', shows: 'log', leaves: 'after' },
];

function within(promise, what) {
  const deadline = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing within ${DEADLINE_MS} ms: ${what}`)), DEADLINE_MS).unref();
  });
  return Promise.race([promise, deadline]);
}

function scrub(text) {
  return text.replaceAll(apps, '/srv').replace(/\u001b\[[\d;]*m/g, '');
}

/** Stands in for the service that the published client posts to. */
async function listener() {
  let arrived;
  const body = new Promise((resolve) => (arrived = resolve));
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    response.end('{}');
    arrived(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { body, url: `http://127.0.0.1:${server.address().port}/api/capture`, server };
}

function start(args, cwd, env) {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } });
  let output = '';
  const waiting = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      waiting.forEach((look) => look());
    });
  }
  const says = (pattern) =>
    within(
      new Promise((resolve) => {
        const look = () => {
          const found = pattern.exec(output);
          if (found) {
            waiting.delete(look);
            resolve(found);
          }
        };
        waiting.add(look);
        look();
      }),
      `${pattern} in ${output}`,
    );
  return { child, says };
}

async function connect(port, path) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`);
  await once(socket, 'open');
  return socket;
}

async function record(fault, variant, flags) {
  const service = await listener();
  const app = start([...flags, 'dist/main.js'], join(apps, 'nest-chat'), {
    NODE_ENV: 'production',
    PORT: '0',
    BUGSTACK_API_KEY: 'recorded',
    BUGSTACK_ENDPOINT: service.url,
  });
  const [, port] = await app.says(/listening on (\d+)/);
  const leaver = await connect(port, fault.name);
  const stayer = await connect(port, fault.name);
  const message = JSON.stringify({ event: fault.event, data: fault.data });
  if (fault.leaves === 'before') {
    leaver.close();
    await once(leaver, 'close');
    stayer.send(message);
  } else {
    leaver.send(message);
    leaver.close();
  }
  if (fault.shows === 'capture') {
    const body = JSON.parse(scrub(await within(service.body, 'a capture')));
    writeFileSync(join(here, 'nest-chat', `${fault.name}.${variant}.json`), `${JSON.stringify(body, null, 2)}\n`);
  } else {
    const [text] = await app.says(/^.*WsExceptionsHandler[^]*?(?:\n {4}at .*)+\n/m);
    writeFileSync(join(here, 'nest-chat', `${fault.name}.${variant}.txt`), scrub(text));
  }
  app.child.kill();
  stayer.terminate();
  service.server.close();
}

/** A server of ten lines around `broadcast`, which keeps a reference that outlived its socket. */
const plainProgram = `
const { once } = require('node:events');
const { WebSocket, WebSocketServer } = require('ws');
const { broadcast } = require('./broadcast');
(async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const client = new WebSocket('ws://127.0.0.1:' + server.address().port);
  const [kept] = await once(server, 'connection');
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.close();
  await once(kept, 'close');
  broadcast(new Set([kept]), 'hello');
})();
`;

async function recordPlain() {
  const app = start(['-e', plainProgram], join(apps, 'plain-ws'), {});
  const [text] = await app.says(/^[^]*Node\.js v.*\n/);
  writeFileSync(join(here, 'plain-ws', 'broadcast.txt'), scrub(text));
}

for (const fault of faults) {
  await record(fault, 'dist', []);
  await record(fault, 'src', ['--enable-source-maps']);
}
await recordPlain();
