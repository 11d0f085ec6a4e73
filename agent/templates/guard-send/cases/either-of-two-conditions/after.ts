import { WebSocket } from 'ws';

export function tell(client: WebSocket, loud: boolean, late: boolean, text: string): void {
  if ((loud || late) && client.readyState === WebSocket.OPEN) client.send(text);
}
