// Express 4 and 5, Fastify 5: what they are handed is reported, answers below 500 are not.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startAgent } from './support/agent.mjs';
import { start } from './support/nest.mjs';
import { app, folder, lineOf, reporting, site } from './support/run.mjs';

async function running(t, file, args = []) {
  const agent = await startAgent();
  const program = await start(file, reporting(agent, folder(t)), [], args);
  t.after(() => program.stop());
  const get = async (path, init) => (await fetch(`http://127.0.0.1:${program.port}${path}`, init)).status;
  return { agent, get };
}

for (const version of ['express4', 'express']) {
  test(version, async (t) => {
    const file = app('express.cjs');
    const { agent, get } = await running(t, file, [version]);
    assert.equal(await get('/teapot'), 418);
    assert.equal(await get('/skip'), 200);
    assert.equal(await get('/nowhere'), 404);
    assert.equal(await get('/users/7?token=hidden', { headers: { cookie: 'sid=hidden' } }), 500);
    assert.equal(await get('/next'), 500);
    assert.equal(await get('/late'), 500);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"password":"hidden","room":"hidden"}' };
    assert.equal(await get('/body', init), 500);
    await agent.until(() => agent.events.size === 4);
    await agent.close();
    const events = agent.list();
    assert.deepEqual(events.map((event) => event.exceptions[0].message), ['no user 7', 'handed on', 'later', 'with a body']);
    assert.deepEqual(events.map((event) => event.mechanism), Array(4).fill({ kind: 'express', handled: false }));
    for (const [index, line] of ['thrown', 'next', 'late'].entries()) assert.equal(site(events[index]).line, lineOf(file, line));
    const { protocol, method, url, route } = events[0].request;
    assert.deepEqual([protocol, method, url, route], ['http', 'GET', '/users/7?token=', '/users/:id']);
    assert.ok(!JSON.stringify(events).includes('hidden'), 'no body, no cookie, no value of a query');
  });
}

test('fastify', async (t) => {
  const file = app('fastify.cjs');
  const { agent, get } = await running(t, file);
  assert.equal(await get('/teapot'), 418);
  assert.equal(await get('/users/7?token=hidden&room=7'), 500);
  await agent.until(() => agent.events.size === 1);
  await agent.close();
  const [event] = agent.list();
  assert.equal(site(event).line, lineOf(file, 'thrown'));
  assert.deepEqual([event.mechanism.kind, event.request.url], ['fastify', '/users/7?token=[redacted]&room=7']);
});

test('what an event carries belongs to its own request', async (t) => {
  const { agent, get } = await running(t, app('crumbs.cjs'));
  await Promise.all(['a', 'b', 'c'].map((name) => get(`/${name}`)));
  await agent.until(() => agent.events.size === 3);
  await agent.close();
  for (const event of agent.list()) {
    const { message } = event.exceptions[0];
    assert.equal(event.request.url, `/${message}`);
    const logged = event.breadcrumbs.filter(({ category }) => category === 'console.log').map((crumb) => crumb.message);
    assert.deepEqual(logged.filter((line) => line.startsWith('serving')), [`serving ${message}`]);
    assert.ok(!JSON.stringify(event.breadcrumbs).includes('hidden'));
  }
});
