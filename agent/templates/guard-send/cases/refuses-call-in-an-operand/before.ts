import { WebSocket } from 'ws';

export class Users {
  private readonly peers: WebSocket[] = [];

  tell(id: number): void {
    this.peers.length > id && this.peerOf(id).send('x');
  }

  private peerOf(id: number): WebSocket {
    return this.peers[id];
  }
}
