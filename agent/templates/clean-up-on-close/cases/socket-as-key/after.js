import { WebSocketServer } from 'ws';

const sessions = new Map();
const wss = new WebSocketServer({ port: 9000 });

wss.on('connection', (ws) => {
  sessions.set(ws, { since: Date.now() });
  ws.on('close', () => {
    sessions.delete(ws);
  });
});

wss.on('close', () => {
  sessions.forEach((session, ws) => {
    if (ws.readyState === ws.OPEN) {
      ws.send(JSON.stringify(session));
    }
  });
});
