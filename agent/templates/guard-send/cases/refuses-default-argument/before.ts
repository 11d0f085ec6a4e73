import { WebSocket } from 'ws';

export function tell(client: WebSocket, sent = client.send('x')): void {
  console.log(sent);
}
