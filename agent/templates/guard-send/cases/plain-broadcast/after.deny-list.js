'use strict';

/**
 * Sends one message to many.
 * @param {Iterable<import('ws').WebSocket>} clients
 * @param {string} message
 */
function broadcast(clients, message) {
  for (const client of clients) {
    if (client.readyState !== 2 /* CLOSING */ && client.readyState !== 3 /* CLOSED */) {
      client.send(message, (error) => {
        if (error) throw error;
      });
    }
  }
}

module.exports = { broadcast };
