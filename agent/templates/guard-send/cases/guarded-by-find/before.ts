import { WebSocket } from 'ws';

export function anyone(peers: WebSocket[], text: string): void {
  const free = peers.find((peer) => peer.readyState === WebSocket.OPEN);
  free?.send(text);
}
