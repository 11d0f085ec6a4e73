import { WebSocket } from 'ws';

export function tell(client: WebSocket & { send(text: string): boolean }): boolean {
  if (client.send('x')) return true;
  return false;
}
