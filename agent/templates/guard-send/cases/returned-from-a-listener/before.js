const { WebSocketServer } = require('ws');

const wss = new WebSocketServer({ port: 8080 });

wss.on('connection', (ws) => {
  ws.on('message', (raw) => {
    const message = parse(raw);
    if (!message) return ws.send(JSON.stringify({ error: 'no JSON' }));
    handle(message);
  });
});
