import { WebSocket } from 'ws';

interface User {
  name: string;
  socket: WebSocket;
}

export class Users {
  private readonly users: User[] = [];

  all(text: string): void {
    for (const user of this.users) user.socket.send(text);
  }

  others(me: User, text: string): void {
    this.users.filter((user) => user !== me).forEach(({ socket }) => socket.send(text));
  }
}
