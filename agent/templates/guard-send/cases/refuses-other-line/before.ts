import { WebSocket } from 'ws';

export function tell(client: WebSocket): void {
  console.log('x');
  client.send('x');
}
