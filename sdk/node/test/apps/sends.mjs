// The same on `ws` imported as a module, which reaches this package after it was evaluated.

import { close, initBugStack } from '../../dist/index.mjs';
import ws, { WebSocket, WebSocketServer } from 'ws8';

initBugStack();

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await new Promise((resolve) => server.once('listening', resolve));
const accepted = new Promise((resolve) => server.once('connection', resolve));
const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/`);
const socket = await accepted;
if (client.readyState !== WebSocket.OPEN) await new Promise((resolve) => client.once('open', resolve));
const closed = new Promise((resolve) => socket.once('close', resolve));
client.terminate();
await closed;
socket.send('late'); // at: send
console.log(ws === WebSocket, await new Promise((resolve) => server.close(resolve)));
await close(5_000);
