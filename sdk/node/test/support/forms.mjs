// The stories of a NestJS application: every form, the line that it has to name, and how it ends.

import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { startAgent } from './agent.mjs';
import { connect, freePort, leaveOne, prepare, start } from './nest.mjs';
import { folder, lineOf, reporting, site } from './run.mjs';

const SENDS = [
  ['closing', { ready_state: 2, outcome: 'dropped' }],
  ['dropped', { ready_state: 3, outcome: 'dropped' }],
  ['heartbeat', { ready_state: 3, outcome: 'dropped' }, 'ws.ping'],
  ['timer', { ready_state: 3, outcome: 'dropped' }],
  ['callback', { ready_state: 3, outcome: 'called_back' }],
  ['awaited', { ready_state: 3, outcome: 'called_back' }, 'nest'],
  ['all', { ready_state: 3, outcome: 'called_back' }, 'nest'],
  ['later', { ready_state: 3, outcome: 'dropped' }],
  ['connecting', { ready_state: 0, outcome: 'thrown' }, 'nest'],
];
const CRASHES = [
  ['cbthrow', 'uncaughtException', { ready_state: 3, outcome: 'called_back' }],
  ['floating', 'unhandledRejection', { ready_state: 3, outcome: 'called_back' }],
  ['stream', 'uncaughtException', { ready_state: 2, outcome: 'called_back' }],
];
const THROWS = [
  ['bug', 'TypeError'],
  ['guard', 'Error'],
  ['pipe', 'Error'],
  ['interceptor', 'Error'],
];

export function stories(version, options = {}) {
  const label = `NestJS ${version}${options.modules ? ' as ES modules' : ''}${options.node ? ` ${options.node[0]}` : ''}`;
  test(label, { concurrency: false }, async (t) => {
    const file = prepare(version, options);
    for (const form of SENDS) await t.test(`a send: ${form[0]}`, (t) => send(t, file, options, form));
    for (const form of CRASHES) await t.test(`a crash: ${form[0]}`, (t) => crash(t, file, options, form));
    for (const form of THROWS) await t.test(`thrown: ${form[0]}`, (t) => thrown(t, file, options, form));
    await t.test('answers to the client are no faults', (t) => answers(t, file, options));
    await t.test('HTTP', (t) => http(t, file, options));
    await t.test('a microservice', (t) => microservice(t, file, options));
  });
}

async function running(t, file, options, env = {}) {
  const agent = await startAgent();
  const state = folder(t);
  const program = await start(file, { ...reporting(agent, state), ...env }, options.node);
  t.after(async () => {
    await program.stop();
    await agent.close();
  });
  return { agent, program, state };
}

async function send(t, file, options, [name, expected, kind = 'ws.send']) {
  const { agent, program } = await running(t, file, options);
  const observer = await connect(program.port, '?token=hidden&room=7');
  t.after(() => observer.terminate());
  await leaveOne(program.port, observer);
  observer.send(JSON.stringify({ event: name, data: 'hello' }));
  await agent.until(() => agent.events.size > 0);
  const [event, ...more] = agent.list();
  assert.deepEqual(more, [], 'one error is one event');
  const { closed_for_ms: closedFor, buffered_amount: buffered, close_code: code, ...send } = event.send;
  assert.deepEqual(send, expected);
  if (expected.ready_state === 3) {
    assert.ok(closedFor >= 0 && closedFor < 10_000);
    assert.equal(code, 1005);
  }
  assert.equal(typeof buffered, 'number');
  assert.equal(event.mechanism.kind, kind);
  assert.equal(event.level, 'error');
  assert.match(event.exceptions[0].message, /^WebSocket is not open: readyState [023] \((CONNECTING|CLOSING|CLOSED)\)$/);
  assert.match(event.exceptions[0].frames[0].file, /node_modules\/ws\/lib\/websocket\.js$/);
  assert.equal(site(event).line, lineOf(file, name));
  assert.equal(site(event).file, file);
  const { request } = event;
  assert.equal(request.protocol, 'ws');
  assert.equal(request.class, 'FaultsGateway');
  assert.equal(request.handler, name);
  assert.equal(request.pattern, name);
  assert.equal(request.url, '/chat?token=&room=');
  assert.equal(request.headers['user-agent'], 'test');
  assert.ok(!JSON.stringify(event).includes('hidden'), 'no value of a query, no secret header');
}

async function crash(t, file, options, [name, kind, expected]) {
  const { agent, program, state } = await running(t, file, options);
  const observer = await connect(program.port);
  t.after(() => observer.terminate());
  observer.on('error', () => undefined);
  await leaveOne(program.port, observer);
  observer.send(JSON.stringify({ event: name, data: 'hello' }));
  const { code } = await program.ended;
  assert.equal(code, 1);
  assert.match(program.output, /Error: WebSocket is not open: readyState/);
  // Nothing of it may have been sent: the next start brings it.
  const next = await start(file, { ...reporting(agent, state) }, options.node);
  t.after(() => next.stop());
  await agent.until(() => agent.events.size > 0);
  const [event, ...more] = agent.list();
  assert.deepEqual(more, [], 'one error is one event');
  assert.equal(event.level, 'fatal');
  assert.deepEqual(event.mechanism, { kind, handled: false });
  assert.equal(event.send.outcome, expected.outcome);
  assert.equal(event.send.ready_state, expected.ready_state);
  assert.equal(site(event).line, lineOf(file, name));
}

async function thrown(t, file, options, [name, type]) {
  const { agent, program } = await running(t, file, options);
  const observer = await connect(program.port);
  t.after(() => observer.terminate());
  observer.send(JSON.stringify({ event: name, data: 'hello' }));
  await agent.until(() => agent.events.size > 0);
  const [event] = agent.list();
  assert.equal(event.exceptions[0].type, type);
  assert.deepEqual(event.mechanism, { kind: 'nest', handled: false });
  assert.equal(site(event).line, lineOf(file, name));
  assert.deepEqual([event.request.class, event.request.handler, event.request.pattern], ['FaultsGateway', name, name]);
}

async function answers(t, file, options) {
  const { agent, program } = await running(t, file, options);
  const observer = await connect(program.port);
  t.after(() => observer.terminate());
  for (const event of ['expected', 'unwanted']) observer.send(JSON.stringify({ event }));
  assert.equal((await fetch(`http://127.0.0.1:${program.port}/refused`)).status, 500, 'the filter answers');
  assert.equal((await fetch(`http://127.0.0.1:${program.port}/nowhere`)).status, 500);
  observer.send(JSON.stringify({ event: 'bug', data: 'hello' }));
  await agent.until(() => agent.events.size > 0);
  assert.deepEqual(agent.list().map((event) => event.exceptions[0].type), ['TypeError']);
}

async function http(t, file, options) {
  const { agent, program } = await running(t, file, options);
  const answer = await fetch(`http://127.0.0.1:${program.port}/broken/7?password=hidden`, { headers: { cookie: 'sid=hidden' } });
  assert.deepEqual([answer.status, await answer.json()], [500, { caught: true }]);
  await agent.until(() => agent.events.size > 0);
  const [event] = agent.list();
  assert.equal(site(event).line, lineOf(file, 'controller'));
  const { protocol, method, url, route, class: name, handler } = event.request;
  assert.deepEqual([protocol, method, url, name, handler], ['http', 'GET', '/broken/7?password=', 'FaultsController', 'broken']);
  assert.equal(route, '/broken/:id');
  assert.ok(!JSON.stringify(event).includes('hidden'));
}

async function microservice(t, file, options) {
  const port = await freePort();
  const { agent } = await running(t, file, options, { TCP_PORT: String(port) });
  const packet = JSON.stringify({ pattern: { cmd: 'sum' }, data: [1, 2], id: '1' });
  const socket = net.connect(port, '127.0.0.1', () => socket.write(`${packet.length}#${packet}`));
  t.after(() => socket.destroy());
  await agent.until(() => agent.events.size > 0);
  const [event] = agent.list();
  assert.equal(event.exceptions[0].type, 'RangeError');
  assert.equal(site(event).line, lineOf(file, 'rpc'));
  const { protocol, class: name, handler, pattern } = event.request;
  assert.deepEqual([protocol, name, handler, pattern], ['rpc', 'FaultsController', 'sum', '{"cmd":"sum"}']);
}
