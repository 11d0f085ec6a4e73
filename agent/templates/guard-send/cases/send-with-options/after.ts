import { WebSocket } from 'ws';

export function frame(client: WebSocket, data: Buffer): void {
  if (client.readyState === client.OPEN) {
    client.send(data, { binary: true, compress: false }, (error) => {
      if (error) console.error(error);
    });
  }
}
