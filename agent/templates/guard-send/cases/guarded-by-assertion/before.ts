import { WebSocket } from 'ws';
import { assertOpen } from './states';

export function tell(client: WebSocket, text: string): void {
  assertOpen(client);
  client.send(text);
}
