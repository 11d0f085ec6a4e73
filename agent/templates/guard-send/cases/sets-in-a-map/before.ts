import { WebSocket } from 'ws';

export class Rooms {
  private readonly rooms = new Map<string, Set<WebSocket>>();

  tell(room: string, text: string): void {
    this.rooms.get(room)?.forEach((client) => client.send(text));
  }
}
