// A server of socket.io whose client goes away, and Node's own WebSocket.

const { close, initBugStack } = require('../..');

initBugStack();
const { Server } = require('socket.io');
const { io } = require('socket.io-client');

const server = new Server(0);
const { port } = server.httpServer.address();
const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
server.on('connection', (socket) => {
  socket.on('word', async (word) => {
    console.log(`socket.io heard ${word}`);
    // Its socket is closed under its feet, as when a network goes.
    socket.conn.transport.socket.close();
    socket.emit('word', word);
    socket.conn.transport.send([{ type: 'message', data: 'late' }]);
    client.disconnect();
    server.close();
    const own = globalThis.WebSocket;
    console.log(`the class of Node: ${own === undefined ? 'none' : own.prototype.send.toString().includes('[native code]') || !own.prototype.send.toString().includes('sendTooLate') ? 'untouched' : 'wrapped'}`);
    await close(5_000);
    process.exit(0);
  });
});
client.emit('word', 'hello');
