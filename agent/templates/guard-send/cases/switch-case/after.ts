import { WebSocket } from 'ws';

export class Protocol {
  answer(client: WebSocket, kind: string): void {
    switch (kind) {
      case 'ping':
        if (client.readyState === client.OPEN) {
          client.send('pong');
        }
        break;
      default:
        if (client.readyState === client.OPEN) {
          client.send('what?');
        }
    }
  }
}
