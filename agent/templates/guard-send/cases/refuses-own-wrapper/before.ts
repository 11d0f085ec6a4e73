import { WebSocket } from 'ws';

class Channel {
  constructor(private readonly socket: WebSocket) {}

  send(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}

export class Session {
  private readonly channel: Channel;

  tell(): void {
    this.channel.send('x');
  }
}
