// What leaves the process, and what does not.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { scrubber } = require('../build/scrub.js');
const scrub = scrubber(['staffNumber']);

test('keys name a secret as whole words only', () => {
  const secret = ['password', 'PASSWORD', 'userPassword', 'user_password', 'access_token', 'accessToken', 'x-api-key', 'apiKey', 'Authorization', 'Set-Cookie', 'client-secret', 'sessionId', 'staffNumber', 'staff_number', 'STAFF-NUMBER', 'csrf', 'private_key'];
  const plain = ['author', 'authority', 'o', 'a', 'tokenCount', 'passwordless', 'secretary', 'key', 'keyboard', 'card', 'number', 'pinned', 'cookiesAccepted', 'message', 'staff', 'monkey'];
  for (const key of secret) assert.ok(scrub.isSecret(key), key);
  for (const key of plain) assert.ok(!scrub.isSecret(key), key);
});

test('values of any shape', () => {
  const loop = { name: 'loop' };
  loop.self = loop;
  const value = { user: { name: 'Ada', password: 'x' }, list: [{ token: 'x' }, 1n], loop, when: new Date(0), bytes: Buffer.from('abc'), error: new TypeError('no'), deep: { a: { b: { c: { d: { e: { f: 1 } } } } } }, call() {} };
  assert.deepEqual(scrub.value(value), {
    user: { name: 'Ada', password: '[redacted]' },
    list: [{ token: '[redacted]' }, '1n'],
    loop: { name: 'loop', self: '[…]' },
    when: '1970-01-01T00:00:00.000Z',
    bytes: '[3 bytes]',
    error: 'TypeError: no',
    deep: { a: { b: { c: { d: { e: '[…]' } } } } },
    call: '[function]',
  });
  const polluting = scrub.value(JSON.parse('{"__proto__":{"polluted":true}}'));
  assert.equal({}.polluted, undefined);
  assert.equal(polluting.polluted, undefined);
});

test('addresses', () => {
  for (const [url, without, withValues] of [
    ['/chat?token=abc&room=7', '/chat?token=&room=', '/chat?token=[redacted]&room=7'],
    ['/chat', '/chat', '/chat'],
    ['/chat?flag', '/chat?flag', '/chat?flag'],
    ['http://me:pw@host/a?b=c#d', 'http://host/a?b=', 'http://host/a?b=c'],
    ['/x?access%5Ftoken=1', '/x?access%5Ftoken=', '/x?access%5Ftoken=[redacted]'],
  ]) {
    assert.equal(scrub.url(url, false), without);
    assert.equal(scrub.url(url, true), withValues);
  }
});

test('texts', () => {
  for (const [text, expected] of [
    ['GET https://u:p@host/?api_key=12&x=1 failed', 'GET https://host/?api_key=[redacted]&x=1 failed'],
    ['Bearer abcdefghij is old', 'Bearer [redacted] is old'],
    ['{"password":"hunter2","room":"7"}', '{"password":"[redacted]","room":"7"}'],
    ['Unexpected token: <', 'Unexpected token: <'],
    ['WebSocket is not open: readyState 3 (CLOSED)', 'WebSocket is not open: readyState 3 (CLOSED)'],
  ]) assert.equal(scrub.text(text), expected);
});

test('headers are an allow-list', () => {
  const headers = { Host: 'a', cookie: 'sid=1', authorization: 'Basic x', 'x-forwarded-for': '10.0.0.1', 'user-agent': 'test', 'x-custom': '1' };
  assert.deepEqual(scrub.headers(headers), { host: 'a', 'user-agent': 'test' });
});

test('hostile texts take no time', () => {
  const begin = performance.now();
  for (const part of ['a=', 'a-', '://', 'Bearer ', '"\' :', 'x']) scrub.text(part.repeat(20_000));
  assert.ok(performance.now() - begin < 2_000);
});
