import { WebSocket } from 'ws';

export function tell(client: WebSocket): void {
  if (client.readyState === WebSocket.CLOSING || client.readyState === WebSocket.CLOSED) {
    return;
  }
  client.send('x');
}
