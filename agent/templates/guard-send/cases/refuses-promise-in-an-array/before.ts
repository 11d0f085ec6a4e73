import { WebSocket } from 'ws';

export async function tell(client: WebSocket, text: string): Promise<void> {
  await Promise.race([
    new Promise<void>((resolve) => client.send(text, () => resolve())),
    later(1000),
  ]);
}
