const { WebSocketServer, WebSocket } = require('ws');

const wss = new WebSocketServer({ port: 8080 });

wss.on('connection', (ws) => {
  setInterval(() => {
    ws.send(new Date().toISOString());
  }, 1000);
});
