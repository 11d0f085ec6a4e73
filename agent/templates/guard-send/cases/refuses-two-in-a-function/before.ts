import { WebSocket } from 'ws';

export function tell(a: WebSocket, b: WebSocket): void {
  a.send('x');
  b.send('x');
}
