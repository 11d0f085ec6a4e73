import { WebSocket } from 'ws';

export class Outbox {
  private readonly lines: string[] = [];

  flush(peer: WebSocket): void {
    do {
      const line = this.lines.shift() ?? '';
      if (peer.readyState === peer.OPEN) {
        peer.send(line);
      }
    } while (this.lines.length > 0);
  }
}
