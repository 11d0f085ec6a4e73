const { WebSocketServer, WebSocket } = require('ws');

const clients = new Set();

function join(socket) {
  clients.add(socket); // until it leaves
  socket.on('close', () => {
    clients.delete(socket);
  });
  socket.send('welcome');
}

function broadcast(text) {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) {
      client.send(text);
    }
  }
}

module.exports = { broadcast, clients, join };
