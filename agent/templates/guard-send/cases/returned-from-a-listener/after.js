const { WebSocketServer } = require('ws');

const wss = new WebSocketServer({ port: 8080 });

wss.on('connection', (ws) => {
  ws.on('message', (raw) => {
    const message = parse(raw);
    if (!message) {
      if (ws.readyState === ws.OPEN) {
        ws.send(JSON.stringify({ error: 'no JSON' }));
      }
      return;
    }
    handle(message);
  });
});
