import { WebSocket } from 'ws';

export function tell(WebSocket: { OPEN: string }, client: WebSocket): void {
  client.send(WebSocket.OPEN);
}
