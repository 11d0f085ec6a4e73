'use strict';

const users = {};

exports.users = users;

exports.login = function (name, ws) {
  users[name] = ws;
  ws.on('close', () => {
    if (users[name] === ws) delete users[name];
  });
};

exports.whisper = function (to, text) {
  if (users[to].readyState === users[to].OPEN) {
    users[to].send(text);
  }
};
