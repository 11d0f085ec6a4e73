import { WebSocket } from 'ws';

export function tell(socket: unknown, text: string): void {
  (socket as WebSocket).send(text);
}
