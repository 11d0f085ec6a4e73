import { WebSocketServer } from 'ws';

const wss = new WebSocketServer({ port: 8080 });

setInterval(() => {
  wss.clients.forEach((ws) => {
    if (ws.readyState === ws.OPEN) {
      ws.send(String(Date.now()));
    }
  });
}, 10000);
