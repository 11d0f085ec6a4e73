const { WebSocketServer, WebSocket } = require('ws');

const wss = new WebSocketServer({ port: 9000 });
const clients = new Set();

wss.on('connection', (ws) => {
  clients.add(ws);
  ws.on('close', () => clients.delete(ws));
});

wss.on('listening', () => {
  for (const client of clients) {
    client.send('up');
  }
});
