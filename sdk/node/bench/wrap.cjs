// What the wrap costs a send on an open socket: a send that does nothing, bare and wrapped.

const WebSocket = require('ws8');

WebSocket.prototype.send = function send(_data, _options, _callback) {};
const socket = new WebSocket(null, undefined, {});
Object.defineProperty(socket, '_readyState', { value: 1, writable: true });

const CALLS = 20_000_000;

function once() {
  const begin = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call++) socket.send('hello');
  return Number(process.hrtime.bigint() - begin) / CALLS;
}

const best = () => Math.min(...[1, 2, 3, 4, 5].map(once));
const bareNs = best();
require('..').initBugStack({ apiKey: 'bs_test', endpoint: 'http://127.0.0.1:9', stateDir: false });
const wrappedNs = best();
console.log(JSON.stringify({ bareNs, wrappedNs, costNs: wrappedNs - bareNs }));
process.exit(0);
