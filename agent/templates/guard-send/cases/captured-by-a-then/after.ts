import { WebSocket } from 'ws';

export function report(client: WebSocket, load: () => Promise<string>): void {
  load().then((text) => {
    if (client.readyState === client.OPEN) {
      client.send(text);
    }
  }).catch(console.error);
}
