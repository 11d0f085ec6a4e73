const clients = [];

function broadcast(message) {
  for (let i = 0; i < clients.length; i++) {
    if (clients[i].readyState === clients[i].OPEN) {
      clients[i].send(message);
    }
  }
}

module.exports = { broadcast, clients };
