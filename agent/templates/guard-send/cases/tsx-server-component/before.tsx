import { renderToString } from 'react-dom/server';
import { WebSocket } from 'ws';

export function push(peer: WebSocket, name: string): void {
  peer.send(renderToString(<p>hello {name}</p>));
}
