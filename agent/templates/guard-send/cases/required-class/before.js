const WS = require('ws');

exports.tell = (client, text) => {
  client.send(text);
};
