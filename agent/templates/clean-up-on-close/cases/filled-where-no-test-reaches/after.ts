import { WebSocket, WebSocketServer } from 'ws';

const clients = new Set<WebSocket>();

export function listen(server: WebSocketServer): void {
  server.on('connection', (socket) => {
    clients.add(socket);
  });
}

export function tell(clients: Set<WebSocket>, text: string): void {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) {
      client.send(text);
    }
  }
}
