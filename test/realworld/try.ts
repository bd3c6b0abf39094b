/** Compare objects given as arguments with the live kernel: node build/test/realworld/try.js FILE… */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { compare } from './compare.js';
import { openKernel } from './kernel.js';
import { observe } from './observe.js';
import { packets } from './packets.js';

const kernel = openKernel();
if (typeof kernel === 'string') throw new Error(kernel);
const total = { programs: 0, sameVerdict: 0, runs: 0, sameRuns: 0, maps: 0, sameMaps: 0 };
for (const file of process.argv.slice(2)) {
  const compared = compare(await observe(readFileSync(file), packets()), kernel.observe(file, packets()));
  for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += compared[key];
  for (const difference of compared.differences) console.log(`${basename(file)}: ${difference}`);
}
console.log(total);
