import { WebSocket } from 'ws';

export function ask(client: WebSocket, text: string): Promise<string> {
  return new Promise<string>((resolve) => {
    client.once('message', (answer) => resolve(String(answer)));
    client.send(text);
  });
}
