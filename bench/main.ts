/** `npm run bench`: see docs/benchmarks.md. */
import { writeFileSync } from 'node:fs';
import { type BpfAttributes, Runtime } from 'innermap';
import { type Engine, testRunEngine } from './harness/engine.js';
import { describeMachine, machineLines } from './harness/machine.js';
import { FULL, QUICK } from './harness/measure.js';
import { type BenchOptions, readOptions, USAGE } from './harness/options.js';
import { programNames } from './harness/programs.js';
import type { Syscalls } from './harness/prepare.js';
import { measureRow, type Row, rowLines } from './harness/rows.js';
import { openKernel } from './kernel/index.js';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(options: BenchOptions): Promise<void> {
  const machine = describeMachine();
  for (const line of machineLines(machine)) print(line);
  const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
  const library: Syscalls = {
    bpf: (command, attributes) => runtime.bpf(command, attributes as BpfAttributes),
    close: (fd) => runtime.close(fd),
  };
  const engines: Engine[] = options.kernelOnly ? [] : [testRunEngine('innermap', library, 'own')];
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) print(`kernel: left out: ${kernel.unavailable}`);
  else engines.push(testRunEngine('kernel', kernel as unknown as Syscalls, 'reported'));
  const rows: Row[] = [];
  for (const name of programNames()) {
    if (options.only.length && !options.only.includes(name)) continue;
    rows.push(measureRow(name, engines, options.quick ? QUICK : FULL));
  }
  for (const line of rowLines(rows, engines)) print(line);
  await runtime.close();
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, rows }, null, 2));
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') print(USAGE);
else await main(options);
