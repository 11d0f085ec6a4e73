import { WebSocket } from 'ws';

export async function tell(client: WebSocket): Promise<void> {
  const sent = new Promise<void>((resolve, reject) => {
    client.send('x', (error) => (error ? reject(error) : resolve()));
  });
  await sent;
}
