'use strict';

/**
 * Sends one message to many.
 * @param {Iterable<import('ws').WebSocket>} clients
 * @param {string} message
 */
function broadcast(clients, message) {
  for (const client of clients) {
    client.send(message, (error) => {
      if (error) throw error;
    });
  }
}

module.exports = { broadcast };
