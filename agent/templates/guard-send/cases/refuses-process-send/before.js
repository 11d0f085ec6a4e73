const WebSocket = require('ws');

function ready() {
  process.send('ready');
}

module.exports = { ready, WebSocket };
