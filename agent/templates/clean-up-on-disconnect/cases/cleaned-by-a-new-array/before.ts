import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class NewsGateway {
  private readers: WebSocket[] = [];

  handleConnection(reader: WebSocket): void {
    this.readers.push(reader);
  }

  handleDisconnect(reader: WebSocket): void {
    this.readers = this.readers.filter((other) => other !== reader);
  }

  publish(line: string): void {
    for (const c of this.readers) c.send(line);
  }
}
