import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class GameGateway {
  private readonly players = new Map<string, WebSocket>();

  @SubscribeMessage('join')
  join(client: WebSocket, id: string): void {
    this.players.set(id, client);
  }

  turn(id: string): void {
    this.players.get(id)?.send('your turn');
  }
}
