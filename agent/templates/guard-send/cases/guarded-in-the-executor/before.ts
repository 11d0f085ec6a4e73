import { WebSocket } from 'ws';

export function push(client: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client.readyState !== WebSocket.OPEN) {
      reject(new Error('gone'));
      return;
    }
    client.send(text, (error) => (error ? reject(error) : resolve()));
  });
}
