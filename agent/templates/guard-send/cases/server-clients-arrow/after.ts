import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { Server } from 'ws';

@WebSocketGateway()
export class NewsGateway {
  @WebSocketServer()
  server: Server;

  @SubscribeMessage('news')
  publish(@MessageBody() payload: string): void {
    this.server.clients.forEach((c) => {
      if (c.readyState === c.OPEN) {
        c.send(payload);
      }
    }); // everybody hears it
  }
}
