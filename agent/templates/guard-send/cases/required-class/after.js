const WS = require('ws');

exports.tell = (client, text) => {
  if (client.readyState === WS.OPEN) {
    client.send(text);
  }
};
