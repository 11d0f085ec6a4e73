import { WebSocket } from 'ws';

export class Hub {
  private readonly clients = new Set<WebSocket>();

  all(text: string): void {
    for (const client of this.clients) {
      if (client.readyState === WebSocket.OPEN) {
        this.push(client, text);
      }
    }
  }

  private push(client: WebSocket, text: string): void {
    client.send(text);
  }
}
