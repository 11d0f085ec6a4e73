import { WebSocket } from 'ws';

export class Pair {
  private peer: WebSocket | null = null;

  tell(text: string): void {
    const peer = this.peer;
    peer && peer.send(text);
  }
}
