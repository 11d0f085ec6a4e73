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

  handleDisconnect(viewer: WebSocket): void {
    const index = this.viewers.indexOf(viewer);
    if (index >= 0) {
      this.viewers.splice(index, 1);
    }
    for (const [key, other] of this.names) {
      if (other === viewer) {
        this.names.delete(key);
      }
    }
    console.log('bye');
  }

  draw(line: string): void {
    for (const viewer of this.viewers) {
      if (viewer.readyState !== WebSocket.CLOSING && viewer.readyState !== WebSocket.CLOSED) {
        viewer.send(line, (error) => {
          if (error) throw error;
        });
      }
    }
  }
}
