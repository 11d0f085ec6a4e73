import { WebSocket } from 'ws';

export class Rooms {
  private readonly rooms = new Map<string, Map<string, WebSocket>>();

  all(text: string): void {
    for (const members of this.rooms.values()) {
      for (const member of members.values()) {
        member.send(text);
      }
    }
  }
}
