import {
  MessageBody,
  OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway({ path: '/chat' })
export class ChatGateway implements OnGatewayConnection {
  private readonly clients = new Set<WebSocket>();

  handleConnection(client: WebSocket): void {
    this.clients.add(client);
  }

  @SubscribeMessage('message')
  onMessage(@MessageBody() text: string): void {
    this.broadcast(text.trim());
  }

  broadcast(text: string): void {
    const message = JSON.stringify({ event: 'message', data: text });
    this.clients.forEach((client) => {
      client.send(message, (error) => {
        if (error) throw error;
      });
    });
  }
}
