import WebSocket from 'ws';

export class Upstream {
  private upstream?: WebSocket;

  publish(text: string): void {
    this.upstream?.send(text);
  }

  connect(url: string): void {
    this.upstream = new WebSocket(url);
  }
}
