// Each way to send too late, on the `ws` that is named, told as one line of JSON.
// With BUGSTACK_API_KEY set it reports; what it prints must not depend on that.

const { promisify } = require('node:util');
const before = process.argv[3] === 'before' ? require(process.argv[2]) : undefined;
const { initBugStack } = require('../..');

initBugStack();

const WebSocket = before ?? require(process.argv[2]);
const results = {};

function attempt(name, send) {
  const told = [];
  const callback = function (...args) {
    told.push([String(args[0]), args.length, this === undefined || this === globalThis]);
  };
  let outcome;
  try {
    outcome = ['returned', send(callback)];
  } catch (error) {
    outcome = ['thrown', error.message, error.stack.split('\n')[0], error.stack.includes('dist/ws')];
  }
  results[name] = { outcome, told };
}

function late(socket) {
  attempt('send', () => socket.send('late')); // at: send
  attempt('callback', (callback) => socket.send('late', callback)); // at: callback
  attempt('options', (callback) => socket.send('late', { binary: true }, callback)); // at: options
  attempt('ping', () => socket.ping()); // at: ping
  attempt('pong', (callback) => socket.pong('', false, callback)); // at: pong
}

async function main() {
  const server = new WebSocket.Server({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${port}/feed?token=hidden`);
  attempt('connecting', () => client.send('early')); // at: connecting
  attempt('connecting callback', (callback) => client.send('early', callback)); // at: connecting callback
  const socket = await accepted;
  if (client.readyState !== 1) await new Promise((resolve) => client.once('open', resolve));
  const heard = new Promise((resolve) => client.once('message', (data) => resolve(String(data))));
  results.open = await new Promise((resolve) => socket.send('hello', (error) => resolve(String(error))));
  results.heard = await heard;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close(4001, 'enough');
  attempt('closing', () => socket.send('late')); // at: closing
  await closed;
  late(socket);
  await promisify(socket.send.bind(socket))('late').catch((error) => (results.promised = error.message)); // at: promised
  results.shape = ['send', 'ping', 'pong', 'close'].map((name) => [WebSocket.prototype[name].name, WebSocket.prototype[name].length]);
  results.keys = Object.keys(WebSocket.prototype);
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify(results));
  await new Promise((resolve) => server.close(resolve));
  await require('../..').close(5_000);
}

main();
