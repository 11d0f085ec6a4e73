import * as ws from 'ws';

export function connect(url: string): ws.WebSocket {
  return new ws.WebSocket(url);
}

export function tell(client: ws.WebSocket, text: string): void {
  client.send(text);
}
