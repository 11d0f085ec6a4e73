class Sockets {
  constructor() {
    this.sockets = {};
  }

  all(text) {
    Object.keys(this.sockets).forEach((id) => {
      this.sockets[id].send(text);
    });
  }
}

module.exports = Sockets;
