import { WebSocket } from 'ws';

export function tell(client: WebSocket): void {
  return client.send('x');
}
