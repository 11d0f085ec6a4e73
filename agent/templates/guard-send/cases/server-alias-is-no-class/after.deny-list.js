const WebSocket = require('ws').Server;

module.exports = function broadcast(wss, message) {
  wss.clients.forEach(function (client) {
    if (client.readyState !== 2 /* CLOSING */ && client.readyState !== 3 /* CLOSED */) {
      client.send(message);
    }
  });
};
