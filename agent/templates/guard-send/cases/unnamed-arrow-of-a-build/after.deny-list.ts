import { Response } from 'express';
import { WebSocket } from 'ws';

export class Feed {
  private readonly peers: WebSocket[] = [];

  all(response: Response, text: string): void {
    this.peers.forEach((peer) => {
      if (peer.readyState === WebSocket.OPEN) {
        peer.send('guarded');
      }
    });
    this.peers.forEach((peer) => {
      if (peer.readyState !== WebSocket.CLOSING && peer.readyState !== WebSocket.CLOSED) {
        peer.send(text);
      }
    });
    response.send('done');
  }
}
