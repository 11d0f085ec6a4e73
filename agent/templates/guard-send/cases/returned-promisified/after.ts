import { promisify } from 'node:util';
import { WebSocket } from 'ws';

export function push(client: WebSocket, text: string): Promise<void> {
  if (client.readyState === client.OPEN) {
    return promisify(client.send.bind(client))(text);
  }
  return Promise.resolve();
}
