import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { Server } from 'ws';

@WebSocketGateway()
export class NewsGateway {
  @WebSocketServer()
  server: Server;

  @SubscribeMessage('news')
  publish(@MessageBody() payload: string): void {
    this.server.clients.forEach((c) => {
      if (c.readyState !== 2 /* CLOSING */ && c.readyState !== 3 /* CLOSED */) {
        c.send(payload);
      }
    }); // everybody hears it
  }
}
