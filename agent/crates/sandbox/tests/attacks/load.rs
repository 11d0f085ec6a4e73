//! What a test suite needs, which must work.

use std::time::Duration;

use bugstack_sandbox::End;

use crate::scene::{self, node, run, tests};

tests![a_test_suite_finds_what_it_needs, it_starts_fast];

/// A server with an upgrade, a worker, a child, files, a name, and time zones.
const SUITE: &str = r#"
const assert = require('assert'), fs = require('fs'), http = require('http'), os = require('os');
const { execFileSync } = require('child_process');
const { Worker } = require('worker_threads');
assert.equal(os.userInfo().username, 'sandbox');
assert.equal(os.homedir(), '/home/sandbox');
assert.equal(os.tmpdir(), '/tmp');
fs.mkdirSync(os.homedir() + '/.cache/tool', { recursive: true });
fs.writeFileSync(os.tmpdir() + '/a', 'a');
fs.renameSync('/tmp/a', '/tmp/b');
assert.equal(execFileSync(process.execPath, ['-p', '6 * 7']).toString(), '42\n');
assert.ok(os.networkInterfaces().lo.length > 0);
const server = http.createServer((request, response) => response.end('hello'));
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = require('crypto').createHash('sha1').update(key).digest('base64');
  socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
});
const worker = new Worker('require("worker_threads").parentPort.postMessage(42)', { eval: true });
const answer = new Promise((done) => worker.once('message', done));
server.listen(0, '127.0.0.1', async () => {
  const port = server.address().port;
  assert.equal(await (await fetch(`http://localhost:${port}/`)).text(), 'hello');
  const request = http.get({ port, host: '127.0.0.1', headers: { Connection: 'Upgrade',
    Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
  request.on('upgrade', async (response, socket) => {
    assert.equal(response.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(await answer, 42);
    socket.destroy();
    fs.writeFileSync('/tmp/report.json', JSON.stringify({ passed: true }));
    console.log('all there');
    process.exit(0);
  });
});
"#;

fn a_test_suite_finds_what_it_needs() {
    let mut job = node(SUITE);
    job.collect = vec!["/tmp/report.json".into()];
    let outcome = run(&job);
    assert_eq!(outcome.end, End::Exited(0), "{}", scene::text(&outcome.stderr));
    assert_eq!(outcome.stdout, b"all there\n");
    assert_eq!(outcome.files[&job.collect[0]], br#"{"passed":true}"#);
}

fn it_starts_fast() {
    let job = bugstack_sandbox::Job::new(["/bin/true"], "/");
    let mut setups: Vec<Duration> = (0..20).map(|_| run(&job).setup).collect();
    setups.sort();
    let median = setups[setups.len() / 2];

    // Ten times what an idle machine takes.
    assert!(median < Duration::from_millis(200), "{median:?}");
}
