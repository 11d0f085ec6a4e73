import { WebSocket } from 'ws';

export class Link {
  #peer: WebSocket;

  constructor(peer: WebSocket) {
    this.#peer = peer;
  }

  tell(text: string): void {
    this.#peer.send(text);
  }
}
