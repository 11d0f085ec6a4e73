import { WebSocket } from 'ws';

export class Hub {
  private readonly clients = new Map<string, WebSocket>();

  all(text: string): void {
    for (const [id, client] of this.clients) {
      if (client.readyState !== WebSocket.OPEN) {
        this.clients.delete(id);
        continue;
      }
      client.send(text);
    }
  }
}
