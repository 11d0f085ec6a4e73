// Builds `dist`: one file of CommonJS, entries that hand out its parts for `require` and for
// `import`, and the types. `build` gets the single modules, for the tests of what is inside.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');

for (const folder of ['dist', 'build']) rmSync(path.join(root, folder), { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
buildSync({
  entryPoints: [path.join(root, 'src', 'entries.ts')],
  outfile: path.join(dist, 'bugstack.js'),
  bundle: true,
  platform: 'node',
  target: 'node18',
  format: 'cjs',
  // Names stay as they are: they are in stacks, and in reviews.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
});

const entries = require(path.join(dist, 'bugstack.js'));
for (const entry of ['index', 'generic', 'express', 'fastify']) {
  const names = Object.keys(entries[entry]).sort();
  const assigned = names.map((name) => `exports.${name} = entry.${name};\n`);
  write(`${entry}.js`, `'use strict';\nconst entry = require('./bugstack.js').${entry};\n${assigned.join('')}`);
  // A second copy of the code would have a second state: there is one, and this points at it.
  const exported = names.map((name) => `export const ${name} = entry.${name};\n`);
  write(`${entry}.mjs`, `import entry from './${entry}.js';\n${exported.join('')}`);
  write(`${entry}.d.mts`, `export * from './${entry}.js';\n`);
}
write('preload.js', `'use strict';\nrequire('./index.js').initBugStack();\n`);
write('preload.mjs', `import './preload.js';\n`);
write('preload.d.mts', 'export {};\n');

function write(name, text) {
  writeFileSync(path.join(dist, name), text);
}
