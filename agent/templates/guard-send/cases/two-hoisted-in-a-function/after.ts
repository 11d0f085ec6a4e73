import { WebSocket } from 'ws';

export class Match {
  private readonly peers = new Map<string, WebSocket>();

  pair(a: string, b: string): void {
    const socket = this.peers.get(a)!;
    if (socket.readyState === socket.OPEN) {
      socket.send(b);
    }
    this.note(a, b);
    const socket2 = this.peers.get(b)!;
    if (socket2.readyState === socket2.OPEN) {
      socket2.send(a);
    }
  }

  private note(a: string, b: string): void {
    console.log(a, b);
  }
}
