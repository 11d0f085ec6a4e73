import { WebSocketServer } from 'ws';

const sessions = new Map();
const wss = new WebSocketServer({ port: 9000 });

wss.on('connection', (ws) => {
  sessions.set(ws, { since: Date.now() });
});

wss.on('close', () => {
  sessions.forEach((session, ws) => {
    ws.send(JSON.stringify(session));
  });
});
