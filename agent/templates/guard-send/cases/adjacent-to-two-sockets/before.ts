import { WebSocket } from 'ws';

export class Chess {
  start(white: WebSocket, black: WebSocket): void {
    white.send('white');
    black.send('black');
  }
}
