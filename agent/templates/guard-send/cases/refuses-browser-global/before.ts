export class Live {
  open(url: string): void {
    const socket = new WebSocket(url);
    socket.send('hello');
  }
}
