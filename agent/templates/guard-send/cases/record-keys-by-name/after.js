class Sockets {
  constructor() {
    this.sockets = {};
  }

  all(text) {
    Object.keys(this.sockets).forEach((id) => {
      if (this.sockets[id].readyState === this.sockets[id].OPEN) {
        this.sockets[id].send(text);
      }
    });
  }
}

module.exports = Sockets;
