// Requests that are served at the same time, each with lines of its own.

const http = require('node:http');
const { setTimeout: delay } = require('node:timers/promises');
const { captureError, initBugStack } = require('../..');

initBugStack();
console.log('started with api_key=hidden');
const server = http.createServer(async (request, response) => {
  const name = request.url.slice(1);
  console.log(`serving ${name}`);
  await delay(20);
  await captureError(new Error(name));
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
