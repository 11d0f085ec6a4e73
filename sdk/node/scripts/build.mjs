// Builds `dist`: CommonJS by the compiler, and for `import` modules that hand out the same objects.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');
const entries = ['index', 'generic', 'express', 'fastify', 'preload'];

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });

for (const entry of entries) {
  // A second copy of the code would have a second state: there is one, and this points at it.
  const names = exported(path.join(dist, `${entry}.js`));
  const lines = names.map((name) => `export const ${name} = bugstack.${name};\n`);
  writeFileSync(path.join(dist, `${entry}.mjs`), `import bugstack from './${entry}.js';\n${lines.join('')}`);
  writeFileSync(path.join(dist, `${entry}.d.mts`), names.length > 0 ? `export * from './${entry}.js';\n` : 'export {};\n');
}

/** Read from the text: to load it would run it. */
function exported(file) {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/^(?:Object\.defineProperty\(exports, "(\w+)"|exports\.(\w+) = )/gm)];
  const names = new Set(found.map((match) => match[1] ?? match[2]));
  names.delete('__esModule');
  for (const line of text.matchAll(/^exports\.(\w+ = (?:exports\.\w+ = )*)void 0/gm)) {
    for (const name of line[0].matchAll(/exports\.(\w+)/g)) names.add(name[1]);
  }
  return [...names].sort();
}
