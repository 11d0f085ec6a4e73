import { WebSocket } from 'ws';

interface User {
  name: string;
  socket: WebSocket;
}

export class Users {
  private readonly users: User[] = [];

  all(text: string): void {
    for (const user of this.users) {
      if (user.socket.readyState === user.socket.OPEN) {
        user.socket.send(text);
      }
    }
  }

  others(me: User, text: string): void {
    this.users.filter((user) => user !== me).forEach(({ socket }) => {
      if (socket.readyState === socket.OPEN) {
        socket.send(text);
      }
    });
  }
}
