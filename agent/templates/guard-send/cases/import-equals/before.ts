import WebSocket = require('ws');

export function tell(client: WebSocket, text: string): void {
  client.send(text);
}
