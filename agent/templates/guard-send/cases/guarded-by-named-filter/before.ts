import { WebSocket } from 'ws';

const isLive = (peer: WebSocket): boolean => peer.readyState === WebSocket.OPEN;

export function all(peers: WebSocket[], text: string): void {
  peers.filter(isLive).forEach((peer) => peer.send(text));
}
