const users = {};

function tellAll(text) {
  for (const id in users) {
    users[id].send(text);
  }
}

module.exports = { tellAll, users };
