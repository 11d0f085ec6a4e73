import { WebSocket } from 'ws';

export class Chess {
  start(white: WebSocket, black: WebSocket): void {
    if (white.readyState === white.OPEN) {
      white.send('white');
    }
    if (black.readyState === black.OPEN) {
      black.send('black');
    }
  }
}
