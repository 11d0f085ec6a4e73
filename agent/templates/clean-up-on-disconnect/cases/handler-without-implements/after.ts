import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class LogGateway {
  private readonly readers: WebSocket[] = [];

  handleConnection(reader: WebSocket) {
    this.readers.push(reader);
  }

  handleDisconnect(reader: WebSocket) {
    const index = this.readers.indexOf(reader);
    if (index >= 0) {
      this.readers.splice(index, 1);
    }
    console.log('a reader left', this.readers.length);
  }

  write(line: string) {
    this.readers.forEach((c) => {
      if (c.readyState === WebSocket.OPEN) {
        c.send(line);
      }
    });
  }
}
