import {
  OnGatewayConnection,
  OnGatewayDisconnect,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/names' })
export class NamesGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly names = new Map<WebSocket, string>();

  handleConnection(client: WebSocket): void {
    this.names.set(client, 'guest');
  }

  handleDisconnect(client: WebSocket): void {
    this.names.delete(client);
  }

  greet(): void {
    for (const [client, name] of this.names) {
      if (client.readyState === WebSocket.OPEN) {
        client.send(name);
      }
    }
  }
}
