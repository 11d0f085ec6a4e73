// The package as it is published: its contents, its types under every resolution, and as an alias.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { unpack } from './support/nest.mjs';
import { folder, root } from './support/run.mjs';

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const npm = (...args) => execFileSync('npm', [...args, '--loglevel=error'], { cwd: root, encoding: 'utf8' });

test('it is small, has no dependencies, and holds nothing but the build', () => {
  const [{ files, size }] = JSON.parse(npm('pack', '--json', '--dry-run', '--ignore-scripts'));
  assert.ok(size <= 60_000, `${size} bytes`);
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  for (const { path: file } of files) assert.match(file, /^(dist\/[\w/-]+\.(js|mjs|d\.ts|d\.mts)|README\.md|LICENSE|package\.json)$/);
});

test('publint and are-the-types-wrong find nothing', (t) => {
  const at = folder(t);
  npm('pack', '--ignore-scripts', '--pack-destination', at);
  const tarball = path.join(at, `bugstack-node-${manifest.version}.tgz`);
  execFileSync(bin('publint'), ['run', '--strict', tarball], { stdio: 'pipe' });
  execFileSync(bin('attw'), [tarball], { stdio: 'pipe' });
});

test('its version is the one that it tells', () => {
  const source = readFileSync(path.join(root, 'src', 'event.ts'), 'utf8');
  assert.ok(source.includes(`version: '${manifest.version}'`));
});

/** What `bugstack-sdk` 2.0.2 exports, read from its type declarations and modules. */
const OLD = {
  'bugstack-sdk': ['BugStackClient', 'ErrorCaptureClient', 'ErrorDeduplicator', 'RetryQueue', 'formatStackFrames', 'generateErrorFingerprint', 'generateFingerprintFromParts', 'getAppFrames', 'getFirstAppFrame', 'parseStackTrace', 'safeParseBody', 'sanitizeHeaders', 'sanitizeObject', 'sanitizeQueryParams', 'truncateBody', 'withBugStack', 'withErrorCapture'],
  'bugstack-sdk/generic': ['BugStackClient', 'ErrorCaptureClient', 'captureError', 'captureException', 'createErrorCapture', 'initBugStack', 'installGlobalHandlers', 'wrapFunction'],
  'bugstack-sdk/express': ['BugStackClient', 'ErrorCaptureClient', 'bugstackErrorHandler', 'initBugStack', 'wrapExpressHandler'],
};
const TYPES = { 'bugstack-sdk': ['BugStackConfig', 'CapturedError', 'ErrorCaptureConfig', 'RouteOptions', 'StackFrame'], 'bugstack-sdk/generic': ['CapturedError', 'ErrorCaptureConfig'], 'bugstack-sdk/express': ['CapturedError', 'ErrorCaptureConfig'] };

test('it takes the place of bugstack-sdk, for require, import and the compiler', (t) => {
  const at = folder(t);
  unpack(path.join(at, 'node_modules', 'bugstack-sdk'));
  mkdirSync(path.join(at, 'node_modules', '@types'));
  symlinkSync(path.join(root, 'node_modules', '@types', 'node'), path.join(at, 'node_modules', '@types', 'node'));
  symlinkSync(path.join(root, 'node_modules', 'undici-types'), path.join(at, 'node_modules', 'undici-types'));
  const entries = Object.entries(OLD);
  const required = entries.map(([name, names]) => `const { ${names.join(', ')} } = require('${name}');\nfor (const each of [${names.join(', ')}]) if (typeof each !== 'function') throw each;`);
  writeFileSync(path.join(at, 'a.cjs'), required.map((text) => `{ ${text} }`).join('\n'));
  const imported = entries.map(([name, names], at) => `import { ${names.map((each) => `${each} as ${each}${at}`).join(', ')} } from '${name}';`);
  writeFileSync(path.join(at, 'a.mjs'), `${imported.join('\n')}\nimport { initBugStack as root } from 'bugstack-sdk';\nif (root !== initBugStack1) throw root;`);
  for (const file of ['a.cjs', 'a.mjs']) execFileSync(process.execPath, [file], { cwd: at });
  const typed = entries.map(([name, names], at) => `import { ${names.map((each) => `${each} as ${each}${at}`).join(', ')}, ${TYPES[name].map((each) => `type ${each} as ${each}${at}`).join(', ')} } from '${name}';`);
  const use = 'const config: ErrorCaptureConfig1 = { apiKey: "k", endpoint: "http://h", projectId: "p", environment: "e", autoFix: true, enabled: true, captureRequestBody: true, captureQueryParams: true, captureHeaders: true, maxBodySize: 1, redactFields: [], metadata: {}, timeout: 1, deduplicationWindow: 1, debug: false, shouldCapture: (error: Error) => error.name !== "", beforeSend: (event) => event };\ninitBugStack1(config); installGlobalHandlers1(); bugstackErrorHandler2(); export const done: Promise<boolean> = captureError1(new Error("x"), {});';
  writeFileSync(path.join(at, 'b.ts'), `${typed.join('\n')}\n${use}\n`);
  for (const [module, resolution] of [['commonjs', 'node10'], ['node16', 'node16'], ['esnext', 'bundler']]) {
    execFileSync(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution, 'b.ts'], { cwd: at, stdio: 'pipe' });
  }
});
