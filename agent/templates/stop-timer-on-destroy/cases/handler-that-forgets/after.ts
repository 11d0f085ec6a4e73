import { Injectable, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Server, WebSocket } from 'ws';

@Injectable()
export class TickService implements OnModuleInit, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(private readonly server: Server) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.server.clients.forEach((client) => {
        if (client.readyState === WebSocket.OPEN) {
          client.send('tick');
        }
      });
    }, 1000);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    console.log('bye');
  }
}
