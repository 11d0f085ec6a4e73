import { WebSocket } from 'ws';

export class Reports {
  constructor(private readonly store: { load(id: string): Promise<string> }) {}

  async report(client: WebSocket, id: string): Promise<void> {
    if (client.readyState !== WebSocket.OPEN) return;
    const text = await this.store.load(id);
    client.send(text);
  }
}
