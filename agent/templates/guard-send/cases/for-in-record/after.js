const users = {};

function tellAll(text) {
  for (const id in users) {
    if (users[id].readyState === users[id].OPEN) {
      users[id].send(text);
    }
  }
}

module.exports = { tellAll, users };
