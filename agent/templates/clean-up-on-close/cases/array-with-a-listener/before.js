const WebSocket = require('ws');

const wss = new WebSocket.Server({ port: 9000 });
let peers = [];

wss.on('connection', (ws) => {
  peers.push(ws);

  ws.on('close', () => {
    console.log('somebody left');
  });
});

setInterval(() => {
  peers.forEach((peer) => peer.send('tick'));
}, 1000);
