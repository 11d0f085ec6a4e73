// A broadcast to a socket that is long gone, again and again.

const { close, initBugStack } = require('../..');

initBugStack();
const WebSocket = require('ws8');

const server = new WebSocket.Server({ port: 0, host: '127.0.0.1' }, () => {
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  client.once('open', () => client.terminate());
});
server.once('connection', (socket) =>
  socket.once('close', async () => {
    for (let sent = 0; sent < 100_000; sent++) socket.send('tick');
    server.close();
    await close(5_000);
  }),
);
