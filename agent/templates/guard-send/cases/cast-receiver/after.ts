import { WebSocket } from 'ws';

export function tell(socket: unknown, text: string): void {
  if ((socket as WebSocket).readyState === (socket as WebSocket).OPEN) {
    (socket as WebSocket).send(text);
  }
}
