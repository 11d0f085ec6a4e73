import {
  OnGatewayConnection,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/names' })
export class NamesGateway implements OnGatewayConnection {
  private readonly names = new Map<WebSocket, string>();

  handleConnection(client: WebSocket): void {
    this.names.set(client, 'guest');
  }

  greet(): void {
    for (const [client, name] of this.names) {
      client.send(name);
    }
  }
}
