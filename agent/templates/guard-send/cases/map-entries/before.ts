import * as WebSocket from 'ws';

export class Rooms {
  private readonly seats = new Map<number, WebSocket>();

  all(text: string, except: number): void {
    for (const [seat, s] of this.seats.entries()) {
      if (seat === except) continue;
      s.send(text);
    }
  }
}
