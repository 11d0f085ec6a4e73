// What the host's hooks may do, how often the same error is told, and old names.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startAgent } from './support/agent.mjs';
import { app, folder, reporting, run } from './support/run.mjs';

async function told(t, name) {
  const agent = await startAgent();
  const { stdout, stderr, code } = await run(app('hooks.cjs'), { args: [name], env: reporting(agent, folder(t)) });
  await agent.close();
  assert.deepEqual([code, stderr], [0, '']);
  return { events: agent.list(), messages: agent.list().map((event) => event.exceptions[0].message), stdout };
}

test('beforeSend changes and drops, with old names and new', async (t) => {
  const { messages } = await told(t, 'beforeSend');
  assert.deepEqual(messages, ['changed', 'changed too']);
});

test('a hook that throws costs its event, and nothing else', async (t) => {
  const { messages } = await told(t, 'throwing hook');
  assert.deepEqual(messages, ['second']);
});

test('shouldCapture and ignoreErrors leave out', async (t) => {
  assert.deepEqual((await told(t, 'shouldCapture')).messages, ['kept']);
  assert.deepEqual((await told(t, 'ignoreErrors')).messages, ['kept']);
});

test('sampling', async (t) => {
  assert.deepEqual((await told(t, 'sampled out')).messages, []);
});

test('the same error again and again is told 20 times a minute, or once in the stated window', async (t) => {
  assert.equal((await told(t, 'repeats')).messages.length, 20);
  assert.equal((await told(t, 'window')).messages.length, 1);
});

test('one error object is one event, however often it is reported', async (t) => {
  const { events } = await told(t, 'same object');
  assert.equal(events.length, 1);
  assert.deepEqual(events[0].metadata, { first: 1, second: 2 });
});

test('without a key nothing happens, and nothing is printed', async () => {
  const { stdout, stderr, code } = await run(app('hooks.cjs'), { args: ['inert'] });
  assert.deepEqual([code, stderr, stdout.trim()], [0, '', 'false false true']);
});

test('two copies of the package have one state', async (t) => {
  const { stdout, messages } = await told(t, 'copies');
  assert.equal(stdout.trim(), 'true');
  assert.deepEqual(messages, ['from the other copy']);
});

test('wrapped functions report and pass on', async (t) => {
  const { messages, stdout } = await told(t, 'wrapped');
  assert.deepEqual(messages.sort(), ['async', 'route', 'sync']);
  assert.equal(stdout.trim(), 'sync async route 7');
});
