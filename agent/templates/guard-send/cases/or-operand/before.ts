import { WebSocket } from 'ws';

export function tell(c: WebSocket, muted: boolean, text: string): void {
  muted || c.send(text);
}
