import { WebSocket } from 'ws';

export function tell(c: WebSocket | undefined, text: string): void {
  c ? c.send(text) : console.warn('nobody');
}
