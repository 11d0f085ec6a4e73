import { renderToString } from 'react-dom/server';
import { WebSocket } from 'ws';

export function push(peer: WebSocket, name: string): void {
  if (peer.readyState === peer.OPEN) {
    peer.send(renderToString(<p>hello {name}</p>));
  }
}
