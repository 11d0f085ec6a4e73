import { WebSocket } from 'ws';

export class Protocol {
  answer(client: WebSocket, kind: string): void {
    switch (kind) {
      case 'ping':
        client.send('pong');
        break;
      default:
        client.send('what?');
    }
  }
}
