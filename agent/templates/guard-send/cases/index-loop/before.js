const clients = [];

function broadcast(message) {
  for (let i = 0; i < clients.length; i++) {
    clients[i].send(message);
  }
}

module.exports = { broadcast, clients };
