import { WebSocket } from 'ws';

export class Hub {
  tell(client: WebSocket, text: string): void {
    if (!this.usable(client)) return;
    client.send(text);
  }

  private usable(client: WebSocket): boolean {
    return client.readyState === WebSocket.OPEN;
  }
}
