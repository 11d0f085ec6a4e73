import { WebSocket } from 'ws';

export function all(peers: Set<WebSocket>, text: string): void {
  const open = [...peers].filter((peer) => peer.readyState === WebSocket.OPEN);
  for (const peer of open) {
    peer.send(text);
  }
}
