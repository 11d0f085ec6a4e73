// `ws` is imported by the program after the package was preloaded.

import { WebSocket, WebSocketServer } from 'ws8';

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
server.close();
