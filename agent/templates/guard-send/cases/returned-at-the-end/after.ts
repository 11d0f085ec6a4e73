import { WebSocket } from 'ws';

export function answer(client: WebSocket, text: string) {
  log(text);
  if (client.readyState === client.OPEN) {
    client.send(text);
  }
}
