const WebSocket = require('ws').Server;

module.exports = function broadcast(wss, message) {
  wss.clients.forEach(function (client) {
    if (client.readyState === client.OPEN) {
      client.send(message);
    }
  });
};
