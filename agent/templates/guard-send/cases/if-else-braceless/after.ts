import { WebSocket } from 'ws';

export class Door {
  knock(client: WebSocket, open: boolean): void {
    if (open) {
      if (client.readyState === client.OPEN) {
        client.send('come in');
      }
    } else if (client.readyState === client.OPEN) {
      client.send('no');
    }
  }
}
