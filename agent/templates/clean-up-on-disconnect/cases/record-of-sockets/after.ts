import { OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class DeskGateway implements OnGatewayDisconnect {
  private readonly desks: Record<string, WebSocket> = {};

  handleConnection(client: WebSocket, request: { url: string }): void {
    this.desks[request.url] = client;
  }

  handleDisconnect(client: WebSocket): void {
    for (const [key, other] of Object.entries(this.desks)) {
      if (other === client) {
        delete this.desks[key];
      }
    }
  }

  ring(): void {
    for (const client of Object.values(this.desks)) {
      if (client.readyState === WebSocket.OPEN) {
        client.send('ring');
      }
    }
  }
}
