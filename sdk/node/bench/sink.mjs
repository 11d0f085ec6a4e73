// Takes what any of the three SDKs sends, and tells each event's id and frames.

import http from 'node:http';
import { gunzipSync } from 'node:zlib';

export async function startSink(port = 0) {
  const sink = { events: new Map(), port: 0 };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      for (const event of read(request.url, body.toString('utf8'))) sink.events.set(event.id, event);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id":"0","issue":1,"duplicate":false}');
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  sink.port = server.address().port;
  sink.close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return sink;
}

function read(url, text) {
  if (url.startsWith('/api/v1/events')) {
    const { id, exceptions } = JSON.parse(text);
    return [{ id, frames: exceptions[0].frames }];
  }
  if (url.startsWith('/api/capture')) {
    const { id, stackFrames = [] } = JSON.parse(text).error;
    return [{ id, frames: stackFrames }];
  }
  return url.includes('/envelope/') ? envelope(text) : [];
}

/** Frames of Sentry have their own names, outermost first. */
function envelope(text) {
  const lines = text.split('\n');
  const found = [];
  for (let at = 1; at + 1 < lines.length; at += 2) {
    if (lines[at] === '' || JSON.parse(lines[at]).type !== 'event') continue;
    const event = JSON.parse(lines[at + 1]);
    const values = event.exception?.values ?? [];
    const frames = values.flatMap((value) => value.stacktrace?.frames ?? []).reverse();
    found.push({ id: event.event_id, frames: frames.map(({ filename, lineno }) => ({ file: filename, line: lineno })) });
  }
  return found;
}
