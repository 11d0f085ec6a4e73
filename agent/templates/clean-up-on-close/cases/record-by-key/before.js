'use strict';

const users = {};

exports.users = users;

exports.login = function (name, ws) {
  users[name] = ws;
};

exports.whisper = function (to, text) {
  users[to].send(text);
};
