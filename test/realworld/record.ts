/** Record what the live kernel makes of objects: node build/test/realworld/record.js OBJECT…, written to objects/. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openKernel } from './kernel.js';
import { packets } from './packets.js';

const objects = fileURLToPath(new URL('../../../test/realworld/objects/', import.meta.url));
const kernel = openKernel();
if (typeof kernel === 'string') throw new Error(kernel);
for (const file of process.argv.slice(2)) {
  const name = basename(file, '.o');
  const lines = kernel.observe(file, packets()).map((observation) => JSON.stringify(observation));
  writeFileSync(join(objects, `${name}.o.gz`), gzipSync(readFileSync(file), { level: 9 }));
  writeFileSync(join(objects, `${name}.json`), `[\n${lines.join(',\n')}\n]\n`);
}
