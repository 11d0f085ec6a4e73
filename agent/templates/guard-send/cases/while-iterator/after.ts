import { WebSocket } from 'ws';

export function drain(peers: Set<WebSocket>, text: string): void {
  const iterator = peers.values();
  let next = iterator.next();
  while (!next.done) {
    if (next.value.readyState === next.value.OPEN) {
      next.value.send(text);
    }
    next = iterator.next();
  }
}
