import { WebSocket } from 'ws';

enum State {
  Connecting,
  Open,
  Closing,
  Closed,
}

export function tell(client: WebSocket, text: string): void {
  if (client.readyState === State.Open) {
    client.send(text);
  }
}
