// A small agent: it checks every body against the wire, keeps what it is sent, and can misbehave.

import assert from 'node:assert/strict';
import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const golden = fileURLToPath(new URL('../../../../proto/golden/', import.meta.url));
const shapes = { event: new Map(), pulse: new Map() };
for (const name of readdirSync(golden)) {
  const value = JSON.parse(readFileSync(golden + name, 'utf8'));
  learn(name === 'pulse.json' ? shapes.pulse : shapes.event, '', value);
}
/** What the wire lets pass, and the golden files do not show. */
const BESIDE = ['sdk', 'request', 'breadcrumbs', 'metadata'];

/** The type behind each path of the golden files. */
function learn(shape, path, value) {
  const type = Array.isArray(value) ? 'array' : typeof value;
  shape.set(path, type);
  if (type === 'array') value.forEach((item) => learn(shape, `${path}[]`, item));
  else if (type === 'object') Object.entries(value).forEach(([key, item]) => learn(shape, `${path}.${key}`, item));
}

function check(shape, path, value, beside = []) {
  const type = Array.isArray(value) ? 'array' : typeof value;
  assert.equal(type, shape.get(path), `the wire knows ${path || 'the body'} as ${shape.get(path)}, not as ${type}`);
  if (type === 'array') value.forEach((item) => check(shape, `${path}[]`, item));
  if (type !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    if (!beside.includes(key)) check(shape, `${path}.${key}`, item);
  }
}

export function checkEvent(event) {
  check(shapes.event, '', event, BESIDE);
  assert.match(event.id, /^[A-Za-z0-9._:-]{1,64}$/);
  assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(['fatal', 'error', 'warning', 'info'].includes(event.level));
  assert.ok(event.exceptions.length >= 1 && event.exceptions.length <= 10);
  for (const { type, message, frames } of event.exceptions) {
    assert.ok(type.length <= 256 && message.length <= 8192 && frames.length <= 250);
    for (const frame of frames) {
      for (const key of ['line', 'column']) assert.ok(frame[key] === undefined || frame[key] > 0);
    }
  }
  const { send } = event;
  if (send === undefined) return;
  assert.ok([0, 2, 3].includes(send.ready_state));
  assert.ok(['thrown', 'called_back', 'dropped'].includes(send.outcome));
  for (const key of ['closed_for_ms', 'buffered_amount', 'close_code']) {
    assert.ok(send[key] === undefined || (Number.isInteger(send[key]) && send[key] >= 0));
  }
}

export function checkPulse(pulse) {
  check(shapes.pulse, '', pulse);
  assert.match(pulse.instance, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  for (const count of Object.values(pulse.counts)) assert.ok(Number.isInteger(count) && count >= 0);
}

/** `answer(path, attempt, headers)` gives `{ status, headers }`, or `'silence'`. */
export async function startAgent(answer = () => ({}), port = 0) {
  const agent = { events: new Map(), pulses: [], requests: [], faults: [], waiters: [], sockets: new Set() };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      const raw = Buffer.concat(parts);
      agent.requests.push({ method, url, headers, bytes: raw.length });
      const verdict = answer(url, agent.requests.length, headers) ?? {};
      if (verdict === 'silence') return;
      const { status = 201, headers: more = {} } = verdict;
      if (status < 300) keep(agent, url, headers, raw);
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end('{"issue":1,"duplicate":false}');
      agent.waiters.forEach((look) => look());
    });
  });
  server.on('connection', (socket) => agent.sockets.add(socket.once('close', () => agent.sockets.delete(socket))));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  // A test that fails must not keep its process.
  server.unref();
  agent.port = server.address().port;
  agent.endpoint = `http://127.0.0.1:${agent.port}`;
  agent.list = () => [...agent.events.values()];
  agent.until = (met, ms = 10_000) => until(agent, met, ms);
  agent.close = async () => {
    agent.sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(agent.faults, [], 'every body is of the wire');
  };
  return agent;
}

function keep(agent, url, headers, raw) {
  try {
    assert.equal(headers.authorization, 'Bearer bs_test');
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const text = body.toString('utf8');
    if (url === '/api/v1/pulse') {
      const pulse = JSON.parse(text);
      checkPulse(pulse);
      agent.pulses.push(pulse);
      return;
    }
    assert.equal(url, '/api/v1/events');
    const lines = headers['content-type'] === 'application/x-ndjson' ? text.trim().split('\n') : [text];
    for (const line of lines) {
      const event = JSON.parse(line);
      checkEvent(event);
      // Like the agent: an id is stored once.
      if (!agent.events.has(event.id)) agent.events.set(event.id, event);
    }
  } catch (error) {
    agent.faults.push(`${url}: ${error.message}`);
  }
}

/** Waits for the condition, and says what there was where it is not met in time. */
function until(agent, met, ms) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!met(agent)) return;
      clearTimeout(late);
      agent.waiters = agent.waiters.filter((each) => each !== look);
      resolve();
    };
    const late = setTimeout(() => {
      const seen = agent.list().map((event) => [event.mechanism.kind, event.exceptions[0].message, event.send]);
      reject(new Error(`not met in ${ms} ms; events: ${JSON.stringify(seen)}; faults: ${agent.faults}`));
    }, ms);
    agent.waiters.push(look);
    look();
  });
}
