import { WebSocket } from 'ws';

export function later(client: WebSocket, text: string): void {
  if (client.readyState !== WebSocket.OPEN) return;
  setTimeout(() => {
    if (client.readyState === WebSocket.OPEN) {
      client.send(text);
    }
  }, 1000);
}
