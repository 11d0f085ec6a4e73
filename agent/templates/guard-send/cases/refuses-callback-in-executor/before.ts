import { WebSocket } from 'ws';

export async function tell(clients: WebSocket[]): Promise<void> {
  await new Promise<void>((resolve) => {
    clients.forEach((c) => c.send('x', () => resolve()));
  });
}
