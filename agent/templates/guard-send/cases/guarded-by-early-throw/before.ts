import { WebSocket } from 'ws';

export function tell(client: WebSocket, text: string): void {
  if (client.readyState !== client.OPEN) {
    throw new Error('nobody there');
  }
  client.send(text);
}
