const WebSocket = require('ws').Server;

module.exports = function broadcast(wss, message) {
  wss.clients.forEach(function (client) {
    client.send(message);
  });
};
