import { WebSocket } from 'ws';

export class Users {
  constructor(private readonly peers: WebSocket[]) {}

  tell(user: number, text: string): void {
    this.peerOf(user).send(text);
  }

  private peerOf(user: number): WebSocket {
    return this.peers[user];
  }
}
