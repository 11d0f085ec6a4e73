import { WebSocket } from 'ws';

export async function ask(client: WebSocket, waiting: Map<number, unknown>): Promise<string> {
  return await new Promise<string>((resolve) => {
    waiting.set(1, resolve);
    client.send('question');
  });
}
