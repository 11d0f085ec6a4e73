// The application of fault forms on one version of NestJS, as a process.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import ts from 'typescript';
import WebSocket from 'ws8';
import { root } from './run.mjs';

/** Installs what the folder's lockfile says and the packed package, and builds the application. */
export function prepare(version, { modules = false } = {}) {
  const folder = path.join(root, 'test', 'nest', String(version));
  if (!existsSync(path.join(folder, 'node_modules'))) {
    execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
  }
  unpack(path.join(folder, 'node_modules', '@bugstack', 'node'));
  const out = path.join(folder, 'dist', modules ? 'app.mjs' : 'app.js');
  mkdirSync(path.dirname(out), { recursive: true });
  const source = readFileSync(path.join(root, 'test', 'nest', 'src', 'app.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: modules ? ts.ModuleKind.ES2022 : ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: false,
      esModuleInterop: true,
    },
  });
  writeFileSync(out, outputText);
  return out;
}

/** The package as it would be installed. */
export function unpack(folder) {
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error'], { cwd: root, encoding: 'utf8' }));
  const tarball = path.join(root, filename);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  rmSync(tarball);
}

/** Starts it; `port` is where it listens. */
export async function start(file, env, node = [], args = []) {
  const child = spawn(process.execPath, [...node, file, ...args], { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env } });
  const program = { child, output: '', port: 0, ended: undefined };
  program.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`it does not listen: ${program.output}`)), 30_000);
    const hear = (part) => {
      program.output += part;
      const port = /listening on (\d+)/.exec(program.output)?.[1];
      if (port === undefined || program.port > 0) return;
      program.port = Number(port);
      clearTimeout(late);
      resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void program.ended.then(() => reject(new Error(`it ended: ${program.output}`)));
  });
  program.stop = async () => {
    child.kill('SIGKILL');
    await program.ended;
  };
  return program;
}

export async function connect(port, query = '') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat${query}`, { headers: { 'user-agent': 'test', authorization: 'Bearer hidden' } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

/** Makes one socket that the gateway holds though it is closed. */
export async function leaveOne(port, observer) {
  const leaver = await connect(port);
  leaver.close();
  for (let tries = 0; tries < 200; tries++) {
    const answer = new Promise((resolve) => observer.once('message', (data) => resolve(JSON.parse(data.toString()))));
    observer.send(JSON.stringify({ event: 'size' }));
    if ((await answer).data.stale > 0) return;
  }
  throw new Error('the socket stays open');
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
