const { WebSocketServer, WebSocket } = require('ws');

const clients = new Set();

function join(socket) {
  clients.add(socket); // until it leaves
  socket.send('welcome');
}

function broadcast(text) {
  for (const client of clients) {
    client.send(text);
  }
}

module.exports = { broadcast, clients, join };
