import { WebSocket } from 'ws';

export function tell(client: WebSocket, text: string): string {
  return `sent ${client.send(text)}`;
}
