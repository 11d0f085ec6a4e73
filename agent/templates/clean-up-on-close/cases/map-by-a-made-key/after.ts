import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

export class Watchers {
  private readonly watchers = new Map<string, WebSocket>();

  watch(socket: WebSocket): void {
    this.watchers.set(randomUUID(), socket);
    socket.on('close', () => {
      for (const [key, other] of this.watchers) {
        if (other === socket) this.watchers.delete(key);
      }
    });
  }

  tell(text: string): void {
    this.watchers.forEach((socket) => {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(text);
      }
    });
  }
}
