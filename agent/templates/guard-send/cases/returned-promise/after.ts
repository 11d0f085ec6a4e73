import { WebSocket } from 'ws';

export class Pusher {
  constructor(private readonly peers: Set<WebSocket>) {}

  async all(text: string): Promise<void> {
    await Promise.all(
      [...this.peers].map(
        (peer) => {
          if (peer.readyState === WebSocket.OPEN) {
            return new Promise<void>((resolve, reject) => {
              peer.send(text, (error) => (error ? reject(error) : resolve()));
            });
          }
          return Promise.resolve();
        },
      ),
    );
  }

  push(client: WebSocket, text: string): Promise<void> {
    if (client.readyState === WebSocket.OPEN) {
      return new Promise((resolve, reject) => {
        client.send(text, (error) => (error ? reject(error) : resolve()));
      });
    }
    return Promise.resolve();
  }
}
