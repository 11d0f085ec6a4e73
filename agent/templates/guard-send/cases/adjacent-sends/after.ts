import { WebSocket } from 'ws';

export class Page {
  show(client: WebSocket, lines: string[]): void {
    if (client.readyState === client.OPEN) {
      client.send('head'); // first
    }
    // then the rest
    if (client.readyState === client.OPEN) {
      client.send(lines.join());
      client.send('foot');
    }
    console.log('shown');
  }
}
