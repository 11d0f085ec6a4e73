class Game {
  constructor() {
    this.server = null;
  }

  others(sender, text) {
    this.server.clients.forEach((client) => client !== sender && client.readyState === client.OPEN && client.send(text));
  }
}

module.exports = { Game };
