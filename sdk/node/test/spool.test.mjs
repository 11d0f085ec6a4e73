// Events on the disk: in a folder that is ours alone, claimed once, bounded.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { createRequire } from 'node:module';
import { startAgent } from './support/agent.mjs';
import { app, folder, reporting, run } from './support/run.mjs';

const require = createRequire(import.meta.url);
const { stateFolder } = require('../build/statedir.js');
const { Spool } = require('../build/spool.js');
const { resolveOptions } = require('../build/options.js');

const settings = (stateDir) => resolveOptions({ apiKey: 'k', stateDir }, {});

test('the folder is private, and one for each project', (t) => {
  const root = path.join(folder(t), 'state');
  const made = stateFolder(settings(root), {});
  assert.equal(statSync(made).mode & 0o777, 0o700);
  assert.equal(statSync(root).mode & 0o777, 0o700);
  assert.notEqual(stateFolder(resolveOptions({ apiKey: 'other', stateDir: root }, {}), {}), made);
  assert.ok(!made.includes('/k'), 'the key is not in the path');
  chmodSync(made, 0o777);
  stateFolder(settings(root), {});
  assert.equal(statSync(made).mode & 0o777, 0o700);
});

test('a symbolic link, a file, a relative path and no home give none', (t) => {
  const at = folder(t);
  mkdirSync(path.join(at, 'real'));
  symlinkSync(path.join(at, 'real'), path.join(at, 'link'));
  writeFileSync(path.join(at, 'file'), '');
  for (const place of ['link', 'file']) assert.equal(stateFolder(settings(path.join(at, place)), {}), undefined);
  const root = path.join(at, 'root');
  const inner = stateFolder(settings(root), {});
  renameSync(inner, `${inner}.away`);
  symlinkSync(path.join(at, 'real'), inner);
  assert.equal(stateFolder(settings(root), {}), undefined);
  assert.equal(stateFolder(settings('relative'), {}), undefined);
  assert.equal(stateFolder(settings(false), {}), undefined);
});

test('the folder of somebody else gives none', { skip: process.getuid() !== 0 && 'only root can give a folder away' }, (t) => {
  const root = path.join(folder(t), 'state');
  mkdirSync(root);
  chownSync(root, 12_345, 12_345);
  assert.equal(stateFolder(settings(root), {}), undefined);
});

test('a segment is claimed once, given back, removed', (t) => {
  const at = folder(t);
  const spool = new Spool(at);
  spool.write('events', ['{"a":1}', '{"b":2}']);
  const [name] = readdirSync(at);
  assert.equal(statSync(path.join(at, name)).mode & 0o777, 0o600);
  const segment = spool.take();
  assert.deepEqual(segment.lines, ['{"a":1}', '{"b":2}']);
  assert.equal(spool.take(), undefined);
  spool.release(segment);
  assert.deepEqual(readdirSync(at), [name]);
  spool.remove(spool.take());
  assert.deepEqual(readdirSync(at), []);
});

test('a claim of a dead process lapses at once, of another host in time', (t) => {
  const at = folder(t);
  const spool = new Spool(at);
  const claimed = (claim) => {
    spool.write('events', ['{}']);
    const name = readdirSync(at).find((name) => name.endsWith('.events'));
    renameSync(path.join(at, name), path.join(at, `${name}.${claim}`));
    return path.join(at, `${name}.${claim}`);
  };
  const other = claimed('ffffffff-1-00000000');
  assert.equal(spool.take(), undefined);
  utimesSync(other, 1, 1);
  const segment = spool.take();
  assert.ok(segment);
  const host = path.basename(segment.file).split('.').at(-1).split('-')[0];
  spool.remove(segment);
  claimed(`${host}-4194000-00000000`);
  assert.ok(spool.take());
});

test('the oldest make room, and strangers are left alone', (t) => {
  const at = folder(t);
  writeFileSync(path.join(at, 'notes.txt'), 'mine');
  const spool = new Spool(at);
  const line = 'x'.repeat(1 << 20);
  for (let written = 0; written < 40; written++) assert.ok(spool.write('events', [line]));
  const names = readdirSync(at);
  assert.ok(names.includes('notes.txt'));
  assert.ok(names.length <= 34, `${names.length}`);
  assert.ok(spool.dropped >= 7);
});

test('two processes that start at once send everything, once each', async (t) => {
  const agent = await startAgent();
  await agent.close();
  const env = reporting(agent, folder(t));
  await run(app('ends.cjs'), { args: ['burst'], env: { ...env, BUGSTACK_FLUSH: '1' } });
  const later = await startAgent(undefined, agent.port);
  await Promise.all([1, 2].map(() => run(app('stay.cjs'), { env })));
  await later.close();
  assert.equal(later.events.size, 1_000);
});

test('garbage in the folder is no harm', async (t) => {
  const agent = await startAgent();
  const state = folder(t);
  const env = reporting(agent, state);
  await run(app('stay.cjs'), { env });
  const [project] = readdirSync(state);
  const time = Date.now().toString(36).padStart(9, '0');
  writeFileSync(path.join(state, project, `${time}-1-00000000-0.events`), '');
  mkdirSync(path.join(state, project, `${time}-1-00000000-1.events`));
  symlinkSync('/dev/zero', path.join(state, project, `${time}-1-00000000-2.events`));
  const { code, stderr, stdout } = await run(app('stay.cjs'), { env });
  await agent.close();
  assert.deepEqual([code, stderr, stdout.trim()], [0, '', 'true']);
});
