import { WebSocket } from 'ws';

export class Page {
  show(client: WebSocket, lines: string[]): void {
    client.send('head'); // first
    // then the rest
    client.send(lines.join());
    client.send('foot');
    console.log('shown');
  }
}
