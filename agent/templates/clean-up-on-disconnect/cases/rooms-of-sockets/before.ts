import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class RoomsGateway {
  private readonly rooms = new Map<string, Set<WebSocket>>();

  @SubscribeMessage('join')
  join(@ConnectedSocket() client: WebSocket, @MessageBody() room: string): void {
    if (!this.rooms.has(room)) this.rooms.set(room, new Set());
    this.rooms.get(room)!.add(client);
  }

  tellEverybody(text: string): void {
    for (const members of this.rooms.values()) {
      for (const member of members) {
        member.send(text);
      }
    }
  }
}
