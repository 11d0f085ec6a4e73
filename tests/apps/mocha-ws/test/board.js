'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { WebSocket, WebSocketServer } = require('ws');
const { Board } = require('../lib/board');

describe('Board', () => {
  it('shows a line to a watcher', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const board = new Board();
    server.on('connection', (watcher) => board.watch(watcher));
    const watcher = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
    await Promise.all([once(server, 'connection'), once(watcher, 'open')]);

    const seen = once(watcher, 'message');
    board.show('hello');

    assert.strictEqual(String((await seen)[0]), 'hello');
    watcher.close();
    await once(watcher, 'close');
    server.close();
  });

  it('shows a line to nobody', () => {
    assert.strictEqual(process.env.NODE_ENV, 'test');
    assert.doesNotThrow(() => new Board().show('hello'));
  });

  it('shows colours');
});
