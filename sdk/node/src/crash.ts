// A crash in a container may lose the disk too: on request, its events are sent before the process ends.

import type { Settings } from './options';
import type { Spool } from './spool';

/** Runs beside the thread that waits: it posts each line, and says how many were taken. */
const SENDER = `
const { workerData } = require('node:worker_threads');
const { url, key, lines, flag } = workerData;
const done = new Int32Array(flag);
const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
let left = lines.length;
const finish = () => { if (--left === 0) { Atomics.store(done, 0, 1); Atomics.notify(done, 0); } };
for (const line of lines) {
  const body = Buffer.from(line);
  const sent = request(url, { method: 'POST', headers: { authorization: 'Bearer ' + key, 'content-type': 'application/json', 'content-length': body.length } }, (response) => {
    if (response.statusCode >= 200 && response.statusCode < 300) Atomics.add(done, 1, 1);
    response.resume().once('close', finish);
  });
  sent.once('error', finish);
  sent.end(body);
}
`;

/** Waits at most `timeoutMs`, and deletes the events that the agent took from the disk. */
export function deliverNow(settings: Settings, spool: Spool, timeoutMs: number): void {
  const segment = spool.take();
  if (segment === undefined) return;
  const flag = new SharedArrayBuffer(8);
  const done = new Int32Array(flag);
  const url = `${settings.endpoint.href.replace(/\/$/, '')}/api/v1/events`;
  const workerData = { url, key: settings.apiKey, lines: segment.lines, flag };
  // Loaded here: hardly any process needs it.
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const worker = new Worker(SENDER, { eval: true, workerData, execArgv: [], stdout: false, stderr: true });
  worker.once('error', () => undefined);
  worker.unref();
  Atomics.wait(done, 0, 0, timeoutMs);
  if (Atomics.load(done, 1) === segment.lines.length) spool.remove(segment);
  else spool.release(segment);
  void worker.terminate();
}
