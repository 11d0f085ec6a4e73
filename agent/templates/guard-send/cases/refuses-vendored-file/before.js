module.exports = function tell(client) {
  client.send('x');
};
