class Game {
  constructor() {
    this.server = null;
  }

  others(sender, text) {
    this.server.clients.forEach((client) => client !== sender && client.send(text));
  }
}

module.exports = { Game };
