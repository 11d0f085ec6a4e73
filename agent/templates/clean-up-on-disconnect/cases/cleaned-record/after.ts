import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class DeskGateway {
  private readonly desks: Record<string, WebSocket> = {};

  handleConnection(client: WebSocket, request: { url: string }): void {
    this.desks[request.url] = client;
    client.on('close', () => delete this.desks[request.url]);
  }

  ring(desk: string): void {
    const c = this.desks[desk];
    if (c && c.readyState === WebSocket.OPEN) c.send('ring');
  }
}
