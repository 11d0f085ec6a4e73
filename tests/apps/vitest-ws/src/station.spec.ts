import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Station } from './station.js';

it('plays to a listener', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const station = new Station();
  server.on('connection', (listener) => station.join(listener));
  const listener = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all([once(server, 'connection'), once(listener, 'open')]);

  const heard = once(listener, 'message');
  await station.play('Kind of Blue');

  expect(String((await heard)[0])).toBe('now playing: Kind of Blue');
  listener.close();
  await once(listener, 'close');
  server.close();
});

it('plays to nobody', async () => {
  await expect(new Station().play('4′33″')).resolves.toBeUndefined();
});
