import { WebSocket } from 'ws';

export function tell(client: WebSocket, queue: string[], text: string): void {
  switch (client.readyState) {
    case WebSocket.OPEN:
      client.send(text);
      break;
    case WebSocket.CONNECTING:
      queue.push(text);
      break;
  }
}
