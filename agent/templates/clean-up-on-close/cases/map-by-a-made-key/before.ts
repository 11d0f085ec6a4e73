import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

export class Watchers {
  private readonly watchers = new Map<string, WebSocket>();

  watch(socket: WebSocket): void {
    this.watchers.set(randomUUID(), socket);
  }

  tell(text: string): void {
    this.watchers.forEach((socket) => socket.send(text));
  }
}
