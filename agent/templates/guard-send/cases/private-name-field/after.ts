import { WebSocket } from 'ws';

export class Link {
  #peer: WebSocket;

  constructor(peer: WebSocket) {
    this.#peer = peer;
  }

  tell(text: string): void {
    if (this.#peer.readyState === this.#peer.OPEN) {
      this.#peer.send(text);
    }
  }
}
