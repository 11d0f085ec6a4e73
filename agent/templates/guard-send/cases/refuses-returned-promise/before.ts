import { WebSocket } from 'ws';

export function tell(client: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send('x', (error) => (error ? reject(error) : resolve()));
  });
}
