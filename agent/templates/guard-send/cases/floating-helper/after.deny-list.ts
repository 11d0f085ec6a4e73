import { randomUUID } from 'node:crypto';
import {
  MessageBody,
  OnGatewayConnection,
  OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';

export interface Presence {
  name: string;
  status: 'here' | 'away';
}

@WebSocketGateway({ path: '/presence' })
export class PresenceGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly watchers = new Map<string, WebSocket>();

  handleConnection(client: WebSocket): void {
    this.watchers.set(randomUUID(), client);
  }

  handleDisconnect(client: WebSocket): void {
    for (const [key, other] of this.watchers) {
      if (other === client) {
        this.watchers.delete(key);
      }
    }
  }

  @SubscribeMessage('status')
  update(@MessageBody() presence: Presence): void {
    const text = JSON.stringify({ event: 'presence', data: presence });
    for (const watcher of this.watchers.values()) {
      void this.push(watcher, text);
    }
  }

  private async push(client: WebSocket, text: string): Promise<void> {
    if (client.readyState !== WebSocket.CLOSING && client.readyState !== WebSocket.CLOSED) {
      await new Promise<void>((resolve, reject) =>
        client.send(text, (error) => (error ? reject(error) : resolve())),
      );
    }
  }
}
