import { Socket } from 'socket.io';

export class A {
  tell(client: Socket): void {
    client.send('x');
  }
}
