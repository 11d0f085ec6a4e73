import { WebSocketServer } from 'ws';

const wss = new WebSocketServer({ port: 9000 });
const peers = new Set();

wss.on('connection', (ws) => {
  peers.add(ws);
  ws.once('close', () => { console.log("it's gone"); });
});

wss.on('listening', () => {
  for (const peer of peers) peer.send('up');
});
