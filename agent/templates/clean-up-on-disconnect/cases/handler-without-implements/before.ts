import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class LogGateway {
  private readonly readers: WebSocket[] = [];

  handleConnection(reader: WebSocket) {
    this.readers.push(reader);
  }

  handleDisconnect(reader: WebSocket) {
    console.log('a reader left', this.readers.length);
  }

  write(line: string) {
    this.readers.forEach((c) => c.send(line));
  }
}
