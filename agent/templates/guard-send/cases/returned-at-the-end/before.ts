import { WebSocket } from 'ws';

export function answer(client: WebSocket, text: string) {
  log(text);
  return client.send(text);
}
