'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { test } = require('node:test');
const { WebSocket, WebSocketServer } = require('ws');
const { broadcast } = require('./broadcast');

test('everybody gets the message', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await Promise.all([once(server, 'connection'), once(client, 'open')]);

  broadcast(server.clients, 'hello');

  const [data] = await once(client, 'message');
  assert.strictEqual(data.toString(), 'hello');
  client.close();
  await once(client, 'close');
  server.close();
});

test('nobody is there', () => {
  assert.doesNotThrow(() => broadcast(new Set(), 'hello'));
});
