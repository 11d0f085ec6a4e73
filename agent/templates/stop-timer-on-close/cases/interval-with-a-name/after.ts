import { WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 8080 });

server.on('connection', (socket: WebSocket) => {
  const beat = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) {
      socket.send('beat');
    }
  }, 5000);

  socket.on('close', () => {
    clearInterval(beat);
    console.log('left');
  });
});
