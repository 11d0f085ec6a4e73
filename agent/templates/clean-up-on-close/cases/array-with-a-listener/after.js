const WebSocket = require('ws');

const wss = new WebSocket.Server({ port: 9000 });
let peers = [];

wss.on('connection', (ws) => {
  peers.push(ws);

  ws.on('close', () => {
    const index = peers.indexOf(ws);
    if (index >= 0) peers.splice(index, 1);
    console.log('somebody left');
  });
});

setInterval(() => {
  peers.forEach((peer) => {
    if (peer.readyState === WebSocket.OPEN) {
      peer.send('tick');
    }
  });
}, 1000);
