import { WebSocket } from 'ws';

export class Names {
  private readonly names = new Map<WebSocket, string>();

  greet(text: string): void {
    this.names.forEach((_, conn) => conn.send(text));
  }
}
