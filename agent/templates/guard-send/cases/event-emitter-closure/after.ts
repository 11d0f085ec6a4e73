import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';

export class Ticker {
  constructor(private readonly bus: EventEmitter) {}

  follow(client: WebSocket): void {
    this.bus.on('tick', (price: number) => {
      if (client.readyState === client.OPEN) {
        client.send(JSON.stringify({ price }));
      }
    });
  }
}
