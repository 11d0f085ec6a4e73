import { WebSocket } from 'ws';

export class Match {
  private readonly peers = new Map<string, WebSocket>();

  pair(a: string, b: string): void {
    this.peers.get(a)!.send(b);
    this.note(a, b);
    this.peers.get(b)!.send(a);
  }

  private note(a: string, b: string): void {
    console.log(a, b);
  }
}
