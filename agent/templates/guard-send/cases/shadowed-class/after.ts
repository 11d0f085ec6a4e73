import { WebSocket } from 'ws';

export function tell(WebSocket: { OPEN: string }, client: WebSocket): void {
  if (client.readyState === client.OPEN) {
    client.send(WebSocket.OPEN);
  }
}
