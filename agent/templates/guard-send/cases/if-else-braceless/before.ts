import { WebSocket } from 'ws';

export class Door {
  knock(client: WebSocket, open: boolean): void {
    if (open) client.send('come in');
    else client.send('no');
  }
}
