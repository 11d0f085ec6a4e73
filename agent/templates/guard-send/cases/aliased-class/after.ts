import { WebSocket as Peer } from 'ws';

export function tell(client: Peer, text: string): void {
  if (client.readyState === Peer.OPEN) {
    client.send(text);
  }
}
