const WebSocket = require('ws');

module.exports = (ws, text) => {
  if ([WebSocket.CLOSING, WebSocket.CLOSED].includes(ws.readyState)) return;
  ws.send(text);
};
