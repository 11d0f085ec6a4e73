import { WebSocket } from 'ws';

export class Hub {
  private readonly sockets: WebSocket[] = [];

  tell(text: string): void {
    this.sockets.map(s => s.send(text));
  }
}
