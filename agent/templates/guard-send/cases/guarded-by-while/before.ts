import { WebSocket } from 'ws';

export async function feed(client: WebSocket, next: () => Promise<string>): Promise<void> {
  while (client.readyState === WebSocket.OPEN) {
    client.send('tick');
    await next();
  }
}
