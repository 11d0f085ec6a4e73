const { OPEN } = require('ws');

exports.first = (client, text) => {
  if (client.readyState === OPEN) client.ping(text);
};

exports.second = (client, text) => {
  if (client.readyState === OPEN) {
    client.send(text);
  }
};
