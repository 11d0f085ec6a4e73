import { OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { BaseGateway } from './base.gateway';

@WebSocketGateway()
export class NewsGateway<T> extends BaseGateway<T> implements OnGatewayDisconnect {
  private readonly readers = new Set<WebSocket>();

  handleConnection(reader: WebSocket): void {
    this.readers.add(reader);
  }

  handleDisconnect(reader: WebSocket): void {
    this.readers.delete(reader);
  }

  publish(line: string): void {
    for (const c of this.readers) {
      if (c.readyState === WebSocket.OPEN) {
        c.send(line);
      }
    }
  }
}
