import { WebSocket } from 'ws';

export function tell(client: WebSocket, x: boolean): void {
  if (x && client.readyState === client.OPEN) client.send('x');
}
