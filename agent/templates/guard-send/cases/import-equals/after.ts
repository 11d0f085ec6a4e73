import WebSocket = require('ws');

export function tell(client: WebSocket, text: string): void {
  if (client.readyState === WebSocket.OPEN) {
    client.send(text);
  }
}
