import { WebSocket } from 'ws';

export function tell(client: WebSocket, text: string): void {
  if (client.readyState === client.OPEN) {
    new Promise<void>((resolve, reject) => {
      client.send(text, (error) => (error ? reject(error) : resolve()));
    }).catch((error) => console.error(error));
  }
}
