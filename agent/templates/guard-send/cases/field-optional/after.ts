import WebSocket from 'ws';

export class Upstream {
  private upstream?: WebSocket;

  publish(text: string): void {
    if (this.upstream && this.upstream.readyState === WebSocket.OPEN) {
      this.upstream.send(text);
    }
  }

  connect(url: string): void {
    this.upstream = new WebSocket(url);
  }
}
