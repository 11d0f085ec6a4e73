function tell(client, done) {
  client.send('x'), done();
}

module.exports = tell;
