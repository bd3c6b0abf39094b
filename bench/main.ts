/** `npm run bench`: see docs/benchmarks.md. */
import { writeFileSync } from 'node:fs';
import { type Engine, testRunEngine } from './harness/engine.js';
import { describeMachine, machineLines } from './harness/machine.js';
import { FULL, QUICK } from './harness/measure.js';
import { type BenchOptions, readOptions, USAGE } from './harness/options.js';
import { programNames, readProgram } from './harness/programs.js';
import { mapTypes, measureRow, type Row, rowLines } from './harness/rows.js';
import { openKernel } from './kernel/index.js';

/** ARRAY, HASH, ARRAY_OF_MAPS, HASH_OF_MAPS: what the library has so far. */
const MAP_TYPES: readonly number[] = [1, 2, 12, 13];

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(options: BenchOptions): Promise<void> {
  const machine = describeMachine();
  for (const line of machineLines(machine)) print(line);
  const kernel = openKernel();
  const engines: Engine[] = [];
  if ('unavailable' in kernel && kernel.unavailable !== undefined) print(`kernel: left out: ${kernel.unavailable}`);
  else engines.push(testRunEngine('kernel', kernel as never, 'reported'));
  const rows: Row[] = [];
  for (const name of programNames().filter((n) => mapTypes(readProgram(n)).every((t) => MAP_TYPES.includes(t)))) {
    if (options.only.length && !options.only.includes(name)) continue;
    rows.push(measureRow(name, engines, options.quick ? QUICK : FULL));
  }
  for (const line of rowLines(rows, engines)) print(line);
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, rows }, null, 2));
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') print(USAGE);
else await main(options);
