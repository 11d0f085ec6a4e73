import { WebSocket } from 'ws';

export class Sockets {
  private readonly sockets = new Map<string, WebSocket>();

  tell(id: string, x: string): void {
    this.sockets.get(id)?.send(x);
  }
}
