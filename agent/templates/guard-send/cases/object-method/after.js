'use strict';

const sockets = new Map();

module.exports = {
  register(id, socket) {
    sockets.set(id, socket);
    socket.on('close', () => {
      if (sockets.get(id) === socket) sockets.delete(id);
    });
  },

  notify(id, text) {
    const socket = sockets.get(id);
    if (!socket) return false;
    if (socket.readyState === socket.OPEN) {
      socket.send(text);
    }
    return true;
  },
};
