import { Hub } from './hub';

export class Lobby {
  constructor(private readonly hub: Hub) {}

  greet(socket: unknown, name: string): void {
    this.hub.send(socket, 'greeting', { name });
  }
}
