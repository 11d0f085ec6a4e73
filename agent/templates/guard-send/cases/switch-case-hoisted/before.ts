import { WebSocket } from 'ws';

export class Signals {
  private readonly peers = new Map<string, WebSocket>();

  forward(kind: string, to: string, text: string): void {
    switch (kind) {
      case 'offer':
        this.peers.get(to)?.send(text);
        break;
      case 'answer':
        this.peers.get(text)?.send(to);
        break;
    }
  }
}
