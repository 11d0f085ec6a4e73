import { WebSocket } from 'ws';

export class Signals {
  private readonly peers = new Map<string, WebSocket>();

  forward(kind: string, to: string, text: string): void {
    switch (kind) {
      case 'offer':
        {
          const socket = this.peers.get(to);
          if (socket && socket.readyState === socket.OPEN) {
            socket.send(text);
          }
        }
        break;
      case 'answer':
        {
          const socket = this.peers.get(text);
          if (socket && socket.readyState === socket.OPEN) {
            socket.send(to);
          }
        }
        break;
    }
  }
}
