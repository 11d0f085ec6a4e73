'use strict';

/** Shows lines to whoever watches. */
class Board {
  watchers = new Set();

  /** @param {import('ws').WebSocket} watcher */
  watch(watcher) {
    this.watchers.add(watcher);
  }

  /** @param {string} line */
  show(line) {
    this.watchers.forEach((watcher) => {
      watcher.send(line, (error) => {
        if (error) throw error;
      });
    });
  }
}

module.exports = { Board };
