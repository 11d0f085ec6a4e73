const { WebSocket } = require('ws');

class Hub {
  constructor() {
    this.started = Date.now();
  }

  members = new Set();

  handleConnection(client) {
    this.members.add(client);
  }

  tell(text) {
    for (const member of this.members) {
      if (member.readyState !== WebSocket.CLOSING && member.readyState !== WebSocket.CLOSED) {
        member.send(text);
      }
    }
  }
}

module.exports = { Hub };
