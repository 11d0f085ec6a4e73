import WebSocket from 'ws';

export class Lobby {
  private readonly players: { [name: string]: WebSocket } = {};

  start(): void {
    for (const [name, socket] of Object.entries(this.players)) {
      if (socket.readyState === socket.OPEN) {
        socket.send(`start ${name}`);
      }
    }
  }

  stop(name: string): void {
    if (this.players[name].readyState === this.players[name].OPEN) {
      this.players[name].send('stop');
    }
  }
}
