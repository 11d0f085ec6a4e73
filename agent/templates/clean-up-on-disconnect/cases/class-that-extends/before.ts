import { WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { BaseGateway } from './base.gateway';

@WebSocketGateway()
export class NewsGateway<T> extends BaseGateway<T> {
  private readonly readers = new Set<WebSocket>();

  handleConnection(reader: WebSocket): void {
    this.readers.add(reader);
  }

  publish(line: string): void {
    for (const c of this.readers) c.send(line);
  }
}
