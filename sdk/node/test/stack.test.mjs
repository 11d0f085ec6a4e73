// Stacks of every kind, and the host's limit left as it was.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { exceptions, frames, isInApp, rawStack } = require('../build/stack.js');

test('frames as V8 writes them', () => {
  const cases = [
    ['    at Gateway.send (/srv/app/dist/a.js:3:5)', { function: 'Gateway.send', file: '/srv/app/dist/a.js', line: 3, column: 5, in_app: true }],
    ['    at async Gateway.send (/srv/app/dist/a.js:3:5)', { function: 'Gateway.send', file: '/srv/app/dist/a.js', line: 3, column: 5, in_app: true }],
    ['    at /srv/my app (1)/dist/a.js:3:5', { file: '/srv/my app (1)/dist/a.js', line: 3, column: 5, in_app: true }],
    ['    at new Room (file:///srv/my%20app/a.mjs:1:2)', { function: 'Room', file: '/srv/my app/a.mjs', line: 1, column: 2, in_app: true }],
    ['    at Object.a [as b] (C:\\app\\a.js:1:2)', { function: 'Object.a', file: 'C:\\app\\a.js', line: 1, column: 2, in_app: true }],
    ['    at node:internal/util:441:7', { file: 'node:internal/util', line: 441, column: 7, in_app: false }],
    ['    at send (/srv/app/node_modules/ws/lib/websocket.js:1:2)', { function: 'send', file: '/srv/app/node_modules/ws/lib/websocket.js', line: 1, column: 2, in_app: false }],
    ['    at new Promise (<anonymous>)', { function: 'Promise' }],
    ['    at Array.forEach (<anonymous>)', { function: 'Array.forEach' }],
    ['no frame', undefined],
    [`    at ${'x'.repeat(5_000)}`, undefined],
  ];
  for (const [line, expected] of cases) assert.deepEqual(frames(line)[0], expected, line);
});

test('a message that looks like a stack is no stack', () => {
  const error = new Error('first\n    at evil (/srv/app/evil.js:1:1)\nlast');
  const [{ message, frames: found }] = exceptions(error);
  assert.equal(message, error.message);
  assert.ok(found.every((frame) => !frame.file?.includes('evil')));
});

test('whatever is thrown', () => {
  const trap = new Proxy({}, { get() { throw new Error('trap'); } });
  const loop = new Error('loop');
  loop.cause = loop;
  for (const [thrown, expected] of [
    ['words', [['string', 'words']]],
    [7, [['number', '7']]],
    [null, [['object', 'null']]],
    [Symbol('s'), [['symbol', 'Symbol(s)']]],
    [{ code: 7 }, [['Object', '{"code":7}']]],
    [loop, [['Error', 'loop']]],
    [Object.assign(new Error('x'), { stack: 7 }), [['Error', 'x']]],
    [new TypeError('outer', { cause: 'inner' }), [['TypeError', 'outer'], ['string', 'inner']]],
  ]) assert.deepEqual(exceptions(thrown).map(({ type, message }) => [type, message]), expected);
  assert.equal(exceptions(trap).length, 1);
  assert.equal(exceptions(new AggregateError(Array.from({ length: 50 }, (_, i) => new Error(`${i}`)))).length, 10);
  assert.equal(exceptions(new Error('x'.repeat(100_000)))[0].message.length, 8_192);
});

test('the limit of the host stays', () => {
  const deep = (depth) => (depth === 0 ? rawStack(deep) : deep(depth - 1));
  for (const limit of [0, 3, 10, 200, Infinity]) {
    Error.stackTraceLimit = limit;
    const raw = deep(20);
    assert.equal(Error.stackTraceLimit, limit);
    assert.ok(frames(raw.stack).length > 3, `${limit}`);
  }
  delete Error.stackTraceLimit;
  rawStack(deep);
  assert.ok(!Object.hasOwn(Error, 'stackTraceLimit'));
  Error.stackTraceLimit = 10;
});

test('in the application, by the path', () => {
  for (const [file, expected] of [['/srv/app/a.js', true], ['C:\\app\\a.js', true], ['/srv/node_modules/a.js', false], ['node:fs', false], ['internal/util.js', false], ['webpack:///src/a.ts', true]]) {
    assert.equal(isInApp(file), expected, file);
  }
});
