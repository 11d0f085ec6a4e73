import { WebSocket } from 'ws';

export class Pusher {
  async push(client: WebSocket, text: string): Promise<void> {
    return await new Promise<void>((resolve, reject) => {
      client.send(text, (error) => (error ? reject(error) : resolve()));
    });
  }
}
