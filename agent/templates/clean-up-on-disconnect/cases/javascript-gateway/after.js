const { WebSocket } = require('ws');

class Hub {
  constructor() {
    this.started = Date.now();
  }

  members = new Set();

  handleConnection(client) {
    this.members.add(client);
    client.on('close', () => {
      this.members.delete(client);
    });
  }

  tell(text) {
    for (const member of this.members) {
      if (member.readyState === WebSocket.OPEN) {
        member.send(text);
      }
    }
  }
}

module.exports = { Hub };
