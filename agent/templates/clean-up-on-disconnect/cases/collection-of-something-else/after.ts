import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class CountGateway {
  private readonly seen: string[] = [];

  handleConnection(client: WebSocket, request: { url: string }): void {
    const url = request.url;
    this.seen.push(url);
    if (client.readyState === WebSocket.OPEN) {
      client.send('welcome');
    }
  }
}
