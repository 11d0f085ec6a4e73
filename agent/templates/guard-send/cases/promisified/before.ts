import { promisify } from 'node:util';
import { WebSocket } from 'ws';

export class Pusher {
  private readonly peers = new Set<WebSocket>();

  add(peer: WebSocket): void {
    this.peers.add(peer);
    peer.once('close', () => this.peers.delete(peer));
  }

  async all(text: string): Promise<void> {
    for (const peer of this.peers) {
      await promisify(peer.send.bind(peer))(text);
    }
  }
}
