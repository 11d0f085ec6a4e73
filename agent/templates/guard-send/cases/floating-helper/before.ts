import { randomUUID } from 'node:crypto';
import {
  MessageBody,
  OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

export interface Presence {
  name: string;
  status: 'here' | 'away';
}

@WebSocketGateway({ path: '/presence' })
export class PresenceGateway implements OnGatewayConnection {
  private readonly watchers = new Map<string, WebSocket>();

  handleConnection(client: WebSocket): void {
    this.watchers.set(randomUUID(), client);
  }

  @SubscribeMessage('status')
  update(@MessageBody() presence: Presence): void {
    const text = JSON.stringify({ event: 'presence', data: presence });
    for (const watcher of this.watchers.values()) {
      void this.push(watcher, text);
    }
  }

  private async push(client: WebSocket, text: string): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      client.send(text, (error) => (error ? reject(error) : resolve())),
    );
  }
}
