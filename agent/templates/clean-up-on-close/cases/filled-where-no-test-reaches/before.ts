import { WebSocket, WebSocketServer } from 'ws';

const clients = new Set<WebSocket>();

export function listen(server: WebSocketServer): void {
  server.on('connection', (socket) => {
    clients.add(socket);
  });
}

export function tell(clients: Set<WebSocket>, text: string): void {
  for (const client of clients) {
    client.send(text);
  }
}
