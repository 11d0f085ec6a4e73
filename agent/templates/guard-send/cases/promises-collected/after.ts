import { WebSocket } from 'ws';

export class Feed {
  private readonly clients = new Set<WebSocket>();

  async publish(text: string): Promise<void> {
    const sends: Promise<void>[] = [];
    for (const client of this.clients) {
      if (client.readyState === client.OPEN) {
        sends.push(new Promise<void>((resolve, reject) => {
          client.send(text, (error) => (error ? reject(error) : resolve()));
        }));
      }
    }
    await Promise.all(sends);
  }
}
