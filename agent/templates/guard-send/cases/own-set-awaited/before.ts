import {
  MessageBody,
  OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/rooms' })
export class RoomsGateway implements OnGatewayConnection {
  private readonly members = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.members.add(client);
  }

  /** Members hear an announcement one after another, in the order in which they came. */
  @SubscribeMessage('announce')
  async announce(@MessageBody() text: string): Promise<void> {
    const payload = JSON.stringify({ event: 'announcement', data: text });
    for (const member of this.members) {
      await new Promise<void>((resolve, reject) => {
        member.send(payload, (error) => (error ? reject(error) : resolve()));
      });
    }
  }
}
