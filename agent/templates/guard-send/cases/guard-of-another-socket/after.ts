import { WebSocket } from 'ws';

export function both(a: WebSocket, b: WebSocket, text: string): void {
  if (a.readyState === WebSocket.OPEN && b.readyState === WebSocket.OPEN) {
    b.send(text);
  }
}
