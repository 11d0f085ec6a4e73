import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { HistoryService } from './history.service';

@WebSocketGateway({ path: '/history' })
export class HistoryGateway {
  constructor(private readonly history: HistoryService) {}

  @SubscribeMessage('history')
  async replay(@ConnectedSocket() client: WebSocket, @MessageBody() room: string): Promise<void> {
    const lines = await this.history.latest(room);
    if (client.readyState === WebSocket.OPEN) {
      await new Promise<void>((resolve, reject) => {
        client.send(JSON.stringify({ event: 'history', data: lines }), (error) => {
          if (error) {
            reject(error);
          } else {
            resolve();
          }
        });
      });
    }
  }
}
