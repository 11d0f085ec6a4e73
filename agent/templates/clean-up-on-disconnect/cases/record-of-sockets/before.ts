import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class DeskGateway {
  private readonly desks: Record<string, WebSocket> = {};

  handleConnection(client: WebSocket, request: { url: string }): void {
    this.desks[request.url] = client;
  }

  ring(): void {
    for (const client of Object.values(this.desks)) {
      client.send('ring');
    }
  }
}
