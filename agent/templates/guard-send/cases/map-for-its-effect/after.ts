import { WebSocket } from 'ws';

export class Hub {
  private readonly sockets: WebSocket[] = [];

  tell(text: string): void {
    this.sockets.map(s => {
      if (s.readyState === s.OPEN) {
        s.send(text);
      }
    });
  }
}
