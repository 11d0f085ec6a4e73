import { WebSocket } from 'ws';

export function all(peers: WebSocket[], text: string): void {
  for (const peer of peers)
    if (peer && peer.readyState === peer.OPEN)
      peer.send(text);
}
