import { WebSocketServer } from 'ws';

const wss = new WebSocketServer({ port: 9000 });
const peers = new Set();

wss.on('connection', (ws) => {
  peers.add(ws);
  ws.once('close', () => {
    peers.delete(ws);
    console.log("it's gone");
  });
});

wss.on('listening', () => {
  for (const peer of peers) {
    if (peer.readyState === peer.OPEN) {
      peer.send('up');
    }
  }
});
