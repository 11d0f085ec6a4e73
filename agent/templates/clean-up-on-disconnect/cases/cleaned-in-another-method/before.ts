import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class NewsGateway {
  private readonly readers = new Set<WebSocket>();

  handleConnection(reader: WebSocket): void {
    this.readers.add(reader);
    reader.once('close', this.forget.bind(this, reader));
  }

  publish(line: string): void {
    for (const c of this.readers) c.send(line);
  }

  private forget(reader: WebSocket): void {
    this.readers.delete(reader);
  }
}
