import { WebSocket } from 'ws';

export class Sockets {
  private readonly sockets = new Map<string, WebSocket>();

  tell(id: string, x: string): void {
    const socket = this.sockets.get(id);
    if (socket && socket.readyState === WebSocket.OPEN) {
      socket.send(x);
    }
  }
}
