import WebSocket from 'ws';

export class Lobby {
  private readonly players: { [name: string]: WebSocket } = {};

  start(): void {
    for (const [name, socket] of Object.entries(this.players)) {
      socket.send(`start ${name}`);
    }
  }

  stop(name: string): void {
    this.players[name].send('stop');
  }
}
