// Options, the environment, and what a process knows of its version.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { createRequire } from 'node:module';
import { folder } from './support/run.mjs';

const require = createRequire(import.meta.url);
const { resolveOptions } = require('../build/options.js');
const { version } = require('../build/release.js');
const { proxyFor } = require('../build/proxy.js');

test('the endpoint is a base, whatever path it comes with', () => {
  for (const [endpoint, expected] of [
    [undefined, 'http://127.0.0.1:7717/'],
    ['http://agent:1/', 'http://agent:1/'],
    ['http://agent:1/api/capture', 'http://agent:1/'],
    ['https://agent/bugs/api/v1/events?x=1', 'https://agent/bugs'],
  ]) assert.equal(resolveOptions({ apiKey: 'k', endpoint }, {}).endpoint.href, expected);
});

test('without a key, or switched off, there are no settings but a reason', () => {
  assert.match(resolveOptions({}, {}), /BUGSTACK_API_KEY/);
  assert.match(resolveOptions({ apiKey: '  ' }, {}), /BUGSTACK_API_KEY/);
  assert.match(resolveOptions({ apiKey: 'a\r\nb' }, {}), /characters/);
  assert.match(resolveOptions({ apiKey: 'k', endpoint: 'ftp://x' }, {}), /URL/);
  assert.match(resolveOptions({ apiKey: 'k', enabled: false }, {}), /off/);
});

test('options win over the environment, and stay within bounds', () => {
  const env = { BUGSTACK_API_KEY: 'env', BUGSTACK_ENVIRONMENT: 'staging', NODE_ENV: 'production', BUGSTACK_RELEASE: 'r' };
  const settings = resolveOptions({ apiKey: 'mine', pulseInterval: 1, maxQueue: 1e9, sampleRate: 7 }, env);
  assert.deepEqual([settings.apiKey, settings.environment, settings.release], ['mine', 'staging', 'r']);
  assert.deepEqual([settings.pulseInterval, settings.maxQueue, settings.sampleRate], [1_000, 10_000, 1]);
  assert.equal(resolveOptions({}, { ...env, BUGSTACK_ENVIRONMENT: undefined }).environment, 'production');
});

test('release and commit', (t) => {
  const at = folder(t);
  const sha = 'ce082b9a1f00112233445566778899aabbccddee';
  writeFileSync(path.join(at, 'package.json'), '{"name":"chat","version":"1.2.0"}');
  const none = { release: undefined, commit: undefined };
  assert.deepEqual(version(none, { GITHUB_SHA: sha }, at), { release: `chat@1.2.0+${sha.slice(0, 12)}`, commit: sha });
  assert.deepEqual(version({ release: 'chat@1.2.0+ce082b9a1f', commit: undefined }, { GITHUB_SHA: 'f'.repeat(40) }, at), { release: 'chat@1.2.0+ce082b9a1f', commit: undefined });
  assert.deepEqual(version({ release: '20261122', commit: undefined }, { GITHUB_SHA: sha }, at), { release: '20261122', commit: sha });
  const git = (...args) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: at, encoding: 'utf8' }).trim();
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  const head = git('rev-parse', 'HEAD');
  const dist = path.join(at, 'dist');
  mkdirSync(dist);
  assert.equal(version(none, {}, dist).commit, head);
  git('pack-refs', '--all');
  assert.equal(version(none, {}, dist).commit, head);
  git('checkout', '-q', '--detach');
  assert.equal(version(none, {}, dist).commit, head);
  git('worktree', 'add', '-q', path.join(at, 'other'));
  assert.equal(version(none, {}, path.join(at, 'other')).commit, head);
});

test('which proxy', () => {
  const env = { https_proxy: 'http://proxy:3128', NO_PROXY: 'inside.test,.corp' };
  const through = (url, stated, variables = env) => proxyFor(new URL(url), stated, variables)?.host;
  assert.equal(through('https://agent.test'), 'proxy:3128');
  assert.equal(through('http://agent.test'), undefined);
  assert.equal(through('https://inside.test'), undefined);
  assert.equal(through('https://a.corp'), undefined);
  assert.equal(through('https://127.0.0.1:7717'), undefined);
  assert.equal(through('https://agent.test', false), undefined);
  assert.equal(through('http://127.0.0.1:1', 'http://mine:1'), 'mine:1');
});
