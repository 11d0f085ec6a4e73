import { WebSocket } from 'ws';

export function tell(c: WebSocket, muted: boolean, text: string): void {
  muted || (c.readyState === c.OPEN && c.send(text));
}
