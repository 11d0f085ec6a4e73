import { ClientProxy } from '@nestjs/microservices';

export class A {
  constructor(private readonly bus: ClientProxy) {}

  tell(): void {
    this.bus.send('x', {});
  }
}
