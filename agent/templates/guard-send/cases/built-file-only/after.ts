import { WebSocket } from 'ws';

export class Rooms {
  announce(members: Set<WebSocket>, text: string): void {
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) {
        member.send(text);
      }
    }
  }
}
