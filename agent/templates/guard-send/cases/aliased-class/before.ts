import { WebSocket as Peer } from 'ws';

export function tell(client: Peer, text: string): void {
  client.send(text);
}
