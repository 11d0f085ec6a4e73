import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server, WebSocket } from 'ws';
import type { Response } from 'express';
import { parse } from './parse';

@WebSocketGateway()
export class ManyGateway {
  @WebSocketServer()
  private readonly server: Server;
  private peer: WebSocket | undefined;

  constructor(private readonly list: WebSocket[]) {}

  all(head: string, payload: string): void {
    // to everybody
    this.list.forEach((c) => {
      if (c.readyState === 1) {
        c.send(head);
        c.send(payload);
      }
    });
  }

  one(payload: string): void {
    if (this.peer && this.peer.readyState === 1) {
      this.peer.send(payload);
    }
  }

  guarded(payload: string): void {
    for (const c of this.server.clients) {
      if (c.readyState !== c.OPEN) continue;
      c.send(payload);
    }
  }

  stale(payload: string): void {
    for (const c of [...this.server.clients].filter((c) => c.readyState === 1)) c.send(payload);
  }

  other(res: Response, unknown, payload: string): void {
    res.send(payload);
    unknown.send(payload);
  }

  used(c: WebSocket, payload: string): void {
    if (c.readyState === 1) {
      c.send(parse(payload));
    }
  }
}
