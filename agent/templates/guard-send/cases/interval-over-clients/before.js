import { WebSocketServer } from 'ws';

const wss = new WebSocketServer({ port: 8080 });

setInterval(() => {
  wss.clients.forEach((ws) => {
    ws.send(String(Date.now()));
  });
}, 10000);
