import type { WebSocket } from 'ws';

export class Names {
  private readonly names = new Map<WebSocket, string>();

  greet(): void {
    for (const [socket, name] of this.names) {
      socket.send(`hello ${name}`);
    }
  }
}
