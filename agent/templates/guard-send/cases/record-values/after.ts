import { WebSocket } from 'ws';

export class Lobby {
  private readonly players: Record<string, WebSocket> = {};

  start(): void {
    Object.values(this.players).forEach((socket) => {
      if (socket.readyState === socket.OPEN) {
        socket.send('start');
      }
    });
  }
}
