import { WebSocket } from 'ws';

export function tell(client: WebSocket | null, loud: boolean, text: string): void {
  if (client?.readyState === WebSocket.OPEN && text) {
    if (loud) {
      client.send(text.toUpperCase());
    }
  }
}
