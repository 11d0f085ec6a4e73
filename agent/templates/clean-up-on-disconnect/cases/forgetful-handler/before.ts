import { OnGatewayConnection, OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class BoardGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly viewers: WebSocket[] = [];
  private readonly names = new Map<string, WebSocket>();

  handleConnection(viewer: WebSocket, request: { url: string }): void {
    this.viewers.push(viewer);
    this.names.set(request.url, viewer);
  }

  handleDisconnect(): void {
    console.log('bye');
  }

  draw(line: string): void {
    for (const viewer of this.viewers) {
      viewer.send(line, (error) => {
        if (error) throw error;
      });
    }
  }
}
