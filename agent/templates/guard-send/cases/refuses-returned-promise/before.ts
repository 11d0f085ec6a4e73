import { WebSocket } from 'ws';

export function tell(client: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    client.send('x', (error) => (error ? reject(error) : resolve('sent')));
  });
}
