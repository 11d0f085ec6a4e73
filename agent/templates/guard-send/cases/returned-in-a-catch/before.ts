import { WebSocket } from 'ws';

export async function onMessage(client: WebSocket, raw: string): Promise<void> {
  let message: { type: string };
  try {
    message = JSON.parse(raw);
  } catch {
    // not for us
    return client.send('bad request');
  }
  await handle(message);
}
