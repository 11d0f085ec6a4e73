import {
  MessageBody,
  OnGatewayConnection,
  OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/rooms' })
export class RoomsGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly members = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.members.add(client);
  }

  handleDisconnect(client: WebSocket): void {
    this.members.delete(client);
  }

  /** Members hear an announcement one after another, in the order in which they came. */
  @SubscribeMessage('announce')
  async announce(@MessageBody() text: string): Promise<void> {
    const payload = JSON.stringify({ event: 'announcement', data: text });
    for (const member of this.members) {
      if (member.readyState === WebSocket.OPEN) {
        await new Promise<void>((resolve, reject) => {
          member.send(payload, (error) => (error ? reject(error) : resolve()));
        });
      }
    }
  }
}
