import { WebSocket } from 'ws';

export class Users {
  constructor(private readonly peers: WebSocket[]) {}

  tell(user: number, text: string): void {
    const socket = this.peerOf(user);
    if (socket.readyState === socket.OPEN) {
      socket.send(text);
    }
  }

  private peerOf(user: number): WebSocket {
    return this.peers[user];
  }
}
