import { WebSocket } from 'ws';

export async function tell(client: WebSocket, load: () => Promise<string>): Promise<void> {
  client.send(await load());
}
