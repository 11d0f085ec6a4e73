// Real processes: how they end is as without this package, and what ended them is told.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { startAgent } from './support/agent.mjs';
import { app, folder, lineOf, reporting, run, site } from './support/run.mjs';

const FILE = app('ends.cjs');

/** Runs it watched and bare, then a second time for what the first left behind. */
async function both(t, way, node = []) {
  const agent = await startAgent();
  const env = reporting(agent, folder(t));
  const watched = await run(FILE, { args: [way], node, env });
  const bare = await run(FILE, { args: [way], node });
  assert.deepEqual([watched.code, watched.signal, watched.stdout, plain(watched.stderr)], [bare.code, bare.signal, bare.stdout, plain(bare.stderr)]);
  await run(app('stay.cjs'), { env });
  await agent.close();
  return { agent, watched, events: agent.list() };
}

/** Warnings name the process; Node's own lines depend on how many listeners there are. */
function plain(text) {
  return text.replaceAll(/^\(node:\d+\)/gm, '(node)').replaceAll(/node:events:[\d:]+/g, 'node:events');
}

const CRASHES = [
  ['throw', 'uncaughtException', 'TypeError', 'nobody caught this', 'throw'],
  ['throw later', 'uncaughtException', 'TypeError', 'nobody caught this', 'throw'],
  ['throw a string', 'uncaughtException', 'string', 'only words'],
  ['throw nothing', 'uncaughtException', 'undefined', ''],
  ['reject', 'unhandledRejection', 'RangeError', 'nobody awaited this', 'reject'],
  ['reject with a string', 'unhandledRejection', 'UnhandledRejection', 'only words'],
];

for (const [way, kind, type, message, line] of CRASHES) {
  test(`it dies: ${way}`, async (t) => {
    const { watched, events, agent } = await both(t, way);
    assert.equal(watched.code, 1);
    assert.equal(events.length, 1);
    const [event] = events;
    assert.deepEqual([event.level, event.mechanism], ['fatal', { kind, handled: false }]);
    assert.deepEqual([event.exceptions[0].type, event.exceptions[0].message], [type, message]);
    if (line !== undefined) assert.equal(site(event).line, lineOf(FILE, line));
    assert.equal(agent.pulses.reduce((sum, pulse) => sum + pulse.counts.panics, 0), 1);
  });
}

test('an exit listener throws', async (t) => {
  const { watched } = await both(t, 'throw in an exit listener');
  assert.equal(watched.code, 1);
});

for (const [way, kind] of [['reject, and be heard', 'unhandledRejection'], ['throw, and go on', 'uncaughtException']]) {
  test(`it lives: ${way}`, async (t) => {
    const { watched, events } = await both(t, way);
    assert.equal(watched.code, 0);
    assert.match(watched.stdout, /heard nobody/);
    assert.equal(events.length, 1);
    assert.deepEqual([events[0].level, events[0].mechanism], ['error', { kind, handled: false }]);
  });
}

for (const mode of ['warn', 'none', 'strict']) {
  test(`--unhandled-rejections=${mode}`, async (t) => {
    const { events } = await both(t, 'reject', [`--unhandled-rejections=${mode}`]);
    assert.deepEqual(events.map((event) => event.exceptions[0].message), ['nobody awaited this']);
  });
}

test('causes, and the errors of an aggregate', async (t) => {
  const { events } = await both(t, 'chain of causes');
  assert.deepEqual(
    events[0].exceptions.map(({ type, message }) => [type, message]),
    [['AggregateError', 'both failed'], ['Error', 'the disk is full'], ['Error', 'first'], ['Error', 'second']],
  );
});

test('process.exit right after a capture', async (t) => {
  const { watched, events } = await both(t, 'capture and exit');
  assert.equal(watched.code, 3);
  const [event] = events;
  assert.equal(site(event).line, lineOf(FILE, 'capture and exit'));
  assert.deepEqual(event.metadata, { password: '[redacted]', room: 7 });
});

test('an agent that is down for the whole life', async (t) => {
  const agent = await startAgent();
  await agent.close();
  const state = folder(t);
  const env = reporting(agent, state);
  const first = await run(FILE, { args: ['five captures'], env });
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.ok(first.ms < 5_000, 'and the process ends as ever');
  assert.equal(agent.events.size, 0);
  const later = await startAgent(undefined, agent.port);
  const second = await run(app('stay.cjs'), { env });
  await later.close();
  assert.match(second.stdout, /true/);
  assert.deepEqual(later.list().map((event) => event.exceptions[0].message).sort(), [1, 2, 3, 4, 5].map((number) => `number ${number}`));
  const [project] = readdirSync(state);
  assert.deepEqual(readdirSync(path.join(state, project)), [], 'nothing is left');
});

test('killed while the agent is down', async (t) => {
  const agent = await startAgent();
  await agent.close();
  const env = reporting(agent, folder(t));
  const first = await run(FILE, { args: ['capture and be killed'], env });
  assert.equal(first.signal, 'SIGKILL');
  const later = await startAgent(undefined, agent.port);
  await run(app('stay.cjs'), { env });
  await later.close();
  assert.equal(later.events.size, 1);
});

test('a burst of a thousand', async (t) => {
  const agent = await startAgent();
  const { stdout } = await run(FILE, { args: ['burst'], env: reporting(agent, folder(t)) });
  await agent.close();
  assert.equal(agent.events.size, 1_000);
  assert.match(stdout, /delivered true/);
});

test('flush and close tell the truth', async (t) => {
  const truth = async (way, answer) => {
    const agent = await startAgent(answer);
    const { stdout, code } = await run(FILE, { args: [way], env: reporting(agent, folder(t)) });
    await agent.close();
    assert.equal(code, 0);
    return [stdout.trim(), agent.events.size];
  };
  assert.deepEqual(await truth('flush twice'), ['{"delivered":true,"late":false}', 1]);
  assert.deepEqual(await truth('flush twice', () => 'silence'), ['{"delivered":false,"late":false}', 0]);
  assert.deepEqual(await truth('flush twice', () => ({ status: 503 })), ['{"delivered":false,"late":false}', 0]);
  assert.deepEqual(await truth('flush twice', () => ({ status: 400 })), ['{"delivered":false,"late":false}', 0]);
  assert.deepEqual(await truth('close'), ['true\nfalse', 1]);
});

test('an agent that never answers does not keep the process', async (t) => {
  const agent = await startAgent(() => 'silence');
  const { ms, code } = await run(FILE, { args: ['capture and end'], env: reporting(agent, folder(t)) });
  await agent.close();
  assert.equal(code, 0);
  assert.ok(ms < 3_000, `${ms} ms`);
});

test('an agent that asks for time is given it', async (t) => {
  const agent = await startAgent((url) => (url.endsWith('events') ? { status: 429, headers: { 'retry-after': '60' } } : {}));
  await run(FILE, { args: ['stay a while'], env: reporting(agent, folder(t)) });
  const asked = agent.requests.filter(({ url }) => url.endsWith('events')).length;
  await agent.close();
  assert.equal(asked, 1);
});

test('a crash that waits for the agent', async (t) => {
  const agent = await startAgent();
  const { code, stderr } = await run(app('crash.cjs'), { env: reporting(agent, folder(t)) });
  await agent.close();
  assert.equal(code, 1);
  assert.match(stderr, /Error: over/);
  assert.deepEqual(agent.list().map((event) => event.level), ['fatal']);
});

test('batches and gzip, where the agent says that it takes them', async (t) => {
  const headers = { 'accept-encoding': 'gzip', 'accept-post': 'application/json, application/x-ndjson' };
  const agent = await startAgent(() => ({ headers }));
  await run(FILE, { args: ['large events'], env: reporting(agent, folder(t)) });
  await agent.close();
  assert.equal(agent.events.size, 20);
  const posts = agent.requests.filter(({ url }) => url.endsWith('events'));
  assert.ok(posts.length < 10, `${posts.length} requests`);
  assert.ok(posts.some((post) => post.headers['content-encoding'] === 'gzip'));
});

test('a batch that is refused comes line by line', async (t) => {
  const headers = { 'accept-post': 'application/x-ndjson' };
  const agent = await startAgent((_url, _attempt, sent) => ({ headers, status: sent['content-type'].includes('ndjson') ? 400 : 201 }));
  const { code } = await run(FILE, { args: ['large events'], env: reporting(agent, folder(t)) });
  await agent.close();
  assert.equal(code, 0);
  assert.equal(agent.events.size, 20);
});

test('an agent behind a proxy', async (t) => {
  const agent = await startAgent();
  const asked = [];
  const proxy = http.createServer((request, response) => {
    asked.push([request.method, request.url, request.headers['proxy-authorization']]);
    const { pathname } = new URL(request.url);
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    const onward = http.request(`${agent.endpoint}${pathname}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const env = { ...reporting(agent, folder(t)), BUGSTACK_ENDPOINT: 'http://agent.test:7717', HTTP_PROXY: `http://me:pw@127.0.0.1:${proxy.address().port}` };
  const { stdout } = await run(FILE, { args: ['close'], env });
  await agent.close();
  assert.equal(agent.events.size, 1);
  assert.equal(stdout.trim(), 'true\nfalse');
  assert.deepEqual(asked[0], ['POST', 'http://agent.test:7717/api/v1/events', `Basic ${Buffer.from('me:pw').toString('base64')}`]);
});

test('a tunnel through a proxy that refuses it keeps the event', async (t) => {
  const proxy = http.createServer();
  const asked = [];
  proxy.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const state = folder(t);
  const env = { BUGSTACK_API_KEY: 'bs_test', BUGSTACK_STATE_DIR: state, BUGSTACK_ENDPOINT: 'https://agent.test', HTTPS_PROXY: `http://127.0.0.1:${proxy.address().port}` };
  const { stdout, code } = await run(FILE, { args: ['flush twice'], env });
  assert.deepEqual([code, stdout.trim()], [0, '{"delivered":false,"late":false}']);
  assert.equal(asked[0], 'agent.test:443');
  const [project] = readdirSync(state);
  assert.equal(readdirSync(path.join(state, project)).length, 1);
});
