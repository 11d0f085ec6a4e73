const http = require('http');
const WebSocket = require('ws');

const server = http.createServer();
const wss = new WebSocket.Server({ noServer: true });

server.on('upgrade', (request, duplex, head) => {
  wss.handleUpgrade(request, duplex, head, (socket) => {
    const name = request.url;
    fetchProfile(name, (profile) => {
      socket.send(JSON.stringify(profile));
    });
  });
});
