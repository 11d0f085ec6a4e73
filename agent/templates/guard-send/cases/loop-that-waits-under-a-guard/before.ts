import { WebSocket } from 'ws';

export async function pages(client: WebSocket, pages: AsyncIterable<string>): Promise<void> {
  if (client.readyState !== WebSocket.OPEN) return;
  for await (const page of pages) {
    client.send(page);
  }
}
