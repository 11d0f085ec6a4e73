const { WebSocketServer, WebSocket } = require('ws');

const wss = new WebSocketServer({ port: 9000 });
const clients = {};

wss.on('connection', (ws, request) => {
  clients[request.url] = ws;
  ws.on('error', () => {
    delete clients[request.url];
  });
});

wss.on('listening', () => {
  for (const client of Object.values(clients)) {
    if (client.readyState === WebSocket.OPEN) {
      client.send('up');
    }
  }
});
