'use strict';

const sockets = new Map();

module.exports = {
  register(id, socket) {
    sockets.set(id, socket);
  },

  notify(id, text) {
    const socket = sockets.get(id);
    if (!socket) return false;
    socket.send(text);
    return true;
  },
};
