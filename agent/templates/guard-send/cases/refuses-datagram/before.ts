import { Socket } from 'node:dgram';

export class Beacon {
  constructor(private readonly udp: Socket) {}

  beat(): void {
    this.udp.send('alive', 4000);
  }
}
