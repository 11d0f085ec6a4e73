const WebSocket = require('ws');

const rooms = new Map();

new WebSocket.Server({ port: 9000 }).on('connection', (ws, request) => {
  const room = request.url;
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(ws);
  ws.on('close', () => {
    for (const sockets of rooms.values()) {
      sockets.delete(ws);
    }
  });
  ws.on('message', (text) => {
    for (const member of rooms.get(room)) {
      if (member.readyState === WebSocket.OPEN) {
        member.send(text);
      }
    }
  });
});
