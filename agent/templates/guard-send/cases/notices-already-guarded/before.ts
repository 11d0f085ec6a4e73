import {
  MessageBody,
  OnGatewayConnection,
  OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/notices' })
export class NoticesGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly subscribers = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.subscribers.add(client);
  }

  handleDisconnect(client: WebSocket): void {
    this.subscribers.delete(client);
  }

  @SubscribeMessage('notice')
  async publish(@MessageBody() text: string): Promise<void> {
    const payload = JSON.stringify({ event: 'notice', data: text });
    for (const subscriber of this.subscribers) {
      if (subscriber.readyState !== WebSocket.OPEN) continue;
      await new Promise<void>((resolve, reject) => {
        subscriber.send(payload, (error) => (error ? reject(error) : resolve()));
      });
    }
  }
}
