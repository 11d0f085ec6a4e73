import { WebSocket } from 'ws';

export function tell(client: WebSocket, text: string): void {
  const { log } = console;
  const state = client.readyState;
  const open = state === WebSocket.OPEN;
  log(state);
  if (open) client.send(text);
}
