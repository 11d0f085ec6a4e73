import { OnGatewayDisconnect, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class GameGateway implements OnGatewayDisconnect {
  private readonly players = new Map<string, WebSocket>();

  @SubscribeMessage('join')
  join(client: WebSocket, id: string): void {
    this.players.set(id, client);
  }

  handleDisconnect(client: WebSocket): void {
    for (const [key, other] of this.players) {
      if (other === client) {
        this.players.delete(key);
      }
    }
  }

  turn(id: string): void {
    const socket = this.players.get(id);
    if (socket && socket.readyState === WebSocket.OPEN) {
      socket.send('your turn');
    }
  }
}
