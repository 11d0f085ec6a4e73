import { WebSocket } from 'ws';

export function others(peers: Set<WebSocket>, me: WebSocket, text: string): void {
  [...peers].filter((peer) => peer !== me).forEach((peer) => peer.send(text));
}
