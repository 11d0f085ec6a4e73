// `ws` 5 to 8, really installed: what is seen of a send too late, and that nothing else changes.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startAgent } from './support/agent.mjs';
import { app, folder, lineOf, reporting, run, site } from './support/run.mjs';

const FILE = app('sends.cjs');
/** Name, state, and outcome up to 6 and from 7 on. */
const CASES = [
  ['connecting', 0, 'thrown', 'thrown'],
  ['connecting callback', 0, 'called_back', 'thrown'],
  ['closing', 2, 'thrown', 'dropped'],
  ['send', 3, 'thrown', 'dropped'],
  ['callback', 3, 'called_back', 'called_back'],
  ['options', 3, 'called_back', 'called_back'],
  ['ping', 3, 'thrown', 'dropped'],
  ['pong', 3, 'called_back', 'called_back'],
  ['promised', 3, 'called_back', 'called_back'],
];

for (const version of [5, 6, 7, 8]) {
  for (const order of ['after', 'before']) {
    test(`ws ${version}, loaded ${order} the call`, async (t) => {
      const agent = await startAgent();
      const args = [`ws${version}`, order];
      const watched = await run(FILE, { args, env: reporting(agent, folder(t)) });
      const bare = await run(FILE, { args });
      await agent.close();
      assert.deepEqual([watched.code, watched.stderr], [bare.code, bare.stderr]);
      assert.deepEqual(JSON.parse(watched.stdout), JSON.parse(bare.stdout), 'what the program sees is the same');
      const events = agent.list();
      assert.equal(events.length, CASES.length);
      for (const [name, state, upTo6, from7] of CASES) {
        const event = events.find((event) => site(event).line === lineOf(FILE, name));
        assert.ok(event, `${name} is reported with its line`);
        const { ready_state: readyState, outcome, closed_for_ms: closedFor, close_code: code } = event.send;
        assert.deepEqual([readyState, outcome], [state, version <= 6 ? upTo6 : from7], name);
        assert.equal(typeof closedFor, state === 3 ? 'number' : 'undefined', name);
        if (state === 3) assert.equal(code, 4001);
        assert.equal(event.mechanism.kind, `ws.${['ping', 'pong'].includes(name) ? name : 'send'}`);
        const [first] = event.exceptions[0].frames;
        assert.match(first.file, new RegExp(`ws${version}/lib/websocket\\.js$`));
        assert.ok(!JSON.stringify(event).includes('hidden'));
      }
      const counts = agent.pulses.reduce((sum, pulse) => add(sum, pulse.counts), {});
      assert.deepEqual(counts, { sends: 10, sends_not_open: 9, connections: 2, requests: 0, panics: 0 });
    });
  }
}

function add(sum, counts) {
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count + (sum[key] ?? 0)]));
}

test('a module that imports ws', async (t) => {
  const agent = await startAgent();
  const { code, stderr } = await run(app('sends.mjs'), { env: reporting(agent, folder(t)) });
  await agent.close();
  assert.deepEqual([code, stderr], [0, '']);
  const [event] = agent.list();
  assert.equal(site(event).line, lineOf(app('sends.mjs'), 'send'));
  assert.deepEqual([event.send.outcome, event.send.close_code], ['dropped', 1006]);
});

for (const flag of ['--require', '--import']) {
  const file = flag === '--require' ? 'preload.js' : 'preload.mjs';
  const skip = flag === '--import' && Number(process.versions.node.split('.')[0]) < 19;
  test(`preloaded with ${flag}`, { skip }, async (t) => {
    const agent = await startAgent();
    const state = folder(t);
    const env = reporting(agent, state);
    const node = [flag, new URL(`../dist/${file}`, import.meta.url).pathname];
    const first = await run(app('late.mjs'), { node, env });
    assert.deepEqual([first.code, first.stderr], [0, '']);
    // It may have ended before its event was sent; then the next one sends it.
    await run(app('late.mjs'), { node, env });
    await run(app('stay.cjs'), { env });
    await agent.close();
    const lines = agent.list().map((event) => site(event).line);
    assert.deepEqual(lines, [lineOf(app('late.mjs'), 'send'), lineOf(app('late.mjs'), 'send')]);
  });
}

test('storms and late closes are counts', async (t) => {
  const agent = await startAgent();
  await run(app('storm.cjs'), { env: reporting(agent, folder(t)) });
  await agent.close();
  // The agent starts a repair at the fifth of a site; more would say nothing new.
  assert.equal(agent.events.size, 5);
  const counts = agent.pulses.reduce((sum, pulse) => add(sum, pulse.counts), {});
  assert.equal(counts.sends_not_open, 100_000);
});

test('socket.io and the WebSocket of Node are left alone', async (t) => {
  const agent = await startAgent();
  const node = ['20', '21'].includes(process.versions.node.split('.')[0]) ? ['--experimental-websocket'] : [];
  const { stdout, stderr } = await run(app('others.cjs'), { node, env: reporting(agent, folder(t)) });
  await agent.close();
  assert.match(stdout, /socket\.io heard hello/, stderr);
  assert.match(stdout, /the class of Node: (untouched|none)/);
  assert.deepEqual(agent.list(), []);
});
