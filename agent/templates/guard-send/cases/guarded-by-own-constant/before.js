const READY = 1;

exports.tell = function (client, text) {
  if (client.readyState === READY) {
    client.send(text);
  }
};
