import { OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';

@WebSocketGateway()
export class CleanGateway implements OnGatewayConnection {
  private readonly peers = new Set<WebSocket>();

  handleConnection(peer: WebSocket): void {
    this.peers.add(peer);
    peer.on('close', () => this.peers.delete(peer));
  }

  tell(text: string): void {
    for (const p of this.peers) {
      if (p.readyState === WebSocket.OPEN) {
        p.send(text, () => undefined);
      }
    }
  }
}
