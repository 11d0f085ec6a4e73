import { promisify } from 'node:util';
import { WebSocket } from 'ws';

export function push(client: WebSocket, text: string): Promise<void> {
  return promisify(client.send.bind(client))(text);
}
