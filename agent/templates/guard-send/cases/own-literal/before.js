const WebSocket = require('ws');

function ping(peers) {
  for (const peer of peers) {
    if (peer.readyState === 1) peer.ping();
  }
}

function tell(peers, text) {
  peers.forEach((peer) => peer.send(text));
}

module.exports = { ping, tell };
