import { Injectable, OnModuleInit } from '@nestjs/common';
import { Server, WebSocket } from 'ws';

@Injectable()
export class TickService implements OnModuleInit {
  private timer?: NodeJS.Timeout;

  constructor(private readonly server: Server) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      for (const client of this.server.clients) {
        client.send('tick');
      }
    }, 1000);
  }
}
