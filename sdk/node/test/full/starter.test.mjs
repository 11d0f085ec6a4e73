// A project that is not ours: what `nest new` makes, one gateway, and the import and the call.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import WebSocket from 'ws8';
import { startAgent } from '../support/agent.mjs';
import { start } from '../support/nest.mjs';
import { folder, reporting, root, site } from '../support/run.mjs';

/** Makes the starter; it is the last of its major version whose projects are CommonJS. */
const CLI = '@nestjs/cli@11.0.24';
const PACKAGES = ['@nestjs/websockets@^11', '@nestjs/platform-ws@^11', 'ws@^8', '@types/ws@^8'];
const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

const GATEWAY = `import { MessageBody, OnGatewayConnection, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/alerts' })
export class AlertsGateway implements OnGatewayConnection {
  private readonly listeners = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.listeners.add(client);
  }

  @SubscribeMessage('alert')
  raise(@MessageBody() text: string): void {
    for (const listener of this.listeners) {
      listener.send(JSON.stringify({ event: 'alert', data: text }));
    }
  }
}
`;

test('a fresh starter with nothing but the import and the call', async (t) => {
  const at = folder(t);
  const cli = path.join(at, 'cli');
  mkdirSync(cli);
  writeFileSync(path.join(cli, 'package.json'), '{ "private": true }');
  npm(cli, 'install', CLI, ...FLAGS);
  const nest = path.join(cli, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  execFileSync(process.execPath, [nest, 'new', 'app', '--skip-install', '--skip-git', '--package-manager', 'npm'], { cwd: at, stdio: 'pipe' });
  const app = path.join(at, 'app');
  npm(root, 'pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', at);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  npm(app, 'install', path.join(at, `bugstack-node-${version}.tgz`), ...PACKAGES, ...FLAGS);

  writeFileSync(path.join(app, 'src', 'alerts.gateway.ts'), GATEWAY);
  change(path.join(app, 'src', 'app.module.ts'), [/providers: \[/, 'providers: [AlertsGateway, '], [/^/, "import { AlertsGateway } from './alerts.gateway';\n"]);
  change(
    path.join(app, 'src', 'main.ts'),
    [/await app\.listen\(.*/, 'app.useWebSocketAdapter(new WsAdapter(app));\n  await app.listen(0);\n  console.log(`listening on ${new URL(await app.getUrl()).port}`);'],
    [/^/, "import { WsAdapter } from '@nestjs/platform-ws';\n"],
    // What its guide asks for, and no more.
    [/^/, "import { initBugStack } from '@bugstack/node';\n"],
    [/async function bootstrap/, 'initBugStack();\n\nasync function bootstrap'],
  );
  npm(app, 'run', 'build');

  const agent = await startAgent();
  const main = path.join(app, 'dist', 'main.js');
  const program = await start(main, reporting(agent, path.join(at, 'state')));
  t.after(() => program.stop());
  const [leaver, stayer] = [await connect(program.port), await connect(program.port)];
  t.after(() => stayer.terminate());
  const gone = new Promise((resolve) => leaver.once('close', resolve));
  leaver.close();
  await gone;
  stayer.send(JSON.stringify({ event: 'alert', data: 'fire' }));
  await agent.until(() => agent.events.size > 0);
  await agent.close();
  const [event] = agent.list();
  const gateway = path.join(app, 'dist', 'alerts.gateway.js');
  const line = readFileSync(gateway, 'utf8').split('\n').findIndex((text) => text.includes('listener.send(')) + 1;
  assert.deepEqual([site(event).file, site(event).line], [gateway, line]);
  assert.deepEqual([event.send.ready_state, event.send.outcome], [3, 'dropped']);
  assert.deepEqual([event.request.class, event.request.pattern], ['AlertsGateway', 'alert']);
  assert.match(event.release, /^app@/);
});

function npm(cwd, ...args) {
  execFileSync('npm', args, { cwd, stdio: 'pipe' });
}

function change(file, ...changes) {
  const text = changes.reduce((text, [from, to]) => text.replace(from, () => to), readFileSync(file, 'utf8'));
  writeFileSync(file, text);
}

async function connect(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/alerts`);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}
