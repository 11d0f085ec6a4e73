import WS from 'ws';

export class Registry {
  private peers: Map<string, WS> = new Map();

  connect(url: string): WS {
    return new WS(url);
  }

  tell(id: string, x: string): void {
    const s = this.peers.get(id);
    if (s) {
      if (s.readyState === WS.OPEN) {
        s.send(x); // hello
      }
    } else console.log('none');
  }

  all(x: string): void {
    for (const c of this.peers.values()) {
      if (c.readyState === WS.OPEN) {
        c.send(x);
      }
    }
  }

  quiet(id: string, x: string): void {
    if (!id) return;
    else if (this.peers.has(id)) {
      const socket = this.peers.get(id)!;
      if (socket.readyState === WS.OPEN) {
        socket.send(x);
      }
    }
  }
}
