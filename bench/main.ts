/** `npm run bench`: see docs/testing.md. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { type BpfAttributes, Runtime } from 'innermap';
import { EXIT, EXIT_CODES } from '#dist/cli/command.js';
import { errorJson, UsageError } from '#dist/cli/output/errors.js';
import { endQuietlyWithPipes, reportError } from '#dist/cli/output/process.js';
import { Terminal } from '#dist/cli/output/terminal.js';
import { type Engine, testRunEngine } from './harness/engine.js';
import { describeMachine, machineLines } from './harness/machine.js';
import { FULL, QUICK } from './harness/measure.js';
import { type BenchOptions, readOptions, USAGE } from './harness/options.js';
import { programNames } from './harness/programs.js';
import type { Syscalls } from './harness/prepare.js';
import { measureRow, type Row, rowLines } from './harness/rows.js';
import { measureSwaps, swapLines } from './swap.js';
import { type KernelPeer, openKernel } from './kernel/index.js';

const PAGE = 4096;

/** Moves the consumer's position to the producer's: both are the first words of a ring's first two pages. */
function libraryDrainer(runtime: Runtime, fd: number): () => void {
  const consumer = runtime.mmap(fd, { length: PAGE, protection: 'rw' });
  const producer = runtime.mmap(fd, { length: PAGE, offset: PAGE });
  return () => consumer.store64(0, producer.load64(0));
}

function kernelSyscalls(kernel: KernelPeer): Syscalls {
  return {
    bpf: (command, attributes) => kernel.bpf(command, attributes),
    close: (fd) => kernel.close(fd),
    drainer(fd) {
      const consumer = new BigUint64Array(kernel.mmap(fd, PAGE, 0, true));
      const producer = new BigUint64Array(kernel.mmap(fd, PAGE, PAGE, false));
      return () => {
        consumer[0] = producer[0] as bigint;
      };
    },
  };
}

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(options: BenchOptions): Promise<void> {
  const machine = describeMachine();
  for (const line of machineLines(machine)) print(line);
  const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
  const library: Syscalls = {
    bpf: (command, attributes) => runtime.bpf(command, attributes as BpfAttributes),
    close: (fd) => runtime.close(fd),
    drainer: (fd) => libraryDrainer(runtime, fd),
  };
  const engines: Engine[] = options.kernelOnly ? [] : [testRunEngine('innermap', library, 'own')];
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) print(`kernel: left out: ${kernel.unavailable}`);
  else engines.push(testRunEngine('kernel', kernelSyscalls(kernel), 'reported'));
  const rows: Row[] = [];
  for (const name of programNames()) {
    if (options.only.length && !options.only.includes(name)) continue;
    rows.push(measureRow(name, engines, options.quick ? QUICK : FULL));
  }
  for (const line of rowLines(rows, engines)) print(line);
  await runtime.close();
  const swaps = options.swap
    ? await measureSwaps(options.quick ? { windowMs: 300, rounds: 3 } : { windowMs: 2000, rounds: 5 })
    : undefined;
  if (swaps) for (const line of swapLines(swaps)) print(line);
  const readers = options.readers ? (await import('./friendly/readers.js')).readerFigures : undefined;
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, rows, swaps, readers }, null, 2));
}

/** Before anything is measured for nothing. Throws UsageError. */
function checkWritable(path: string): void {
  try {
    appendFileSync(path, '');
  } catch (error) {
    throw new UsageError(`--json: ${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

const args = process.argv.slice(2);
endQuietlyWithPipes();
let file: string | undefined;
try {
  const options = readOptions(args);
  if (options === 'help') print(`${USAGE}\n\n${EXIT_CODES}`);
  else {
    if (options.json !== undefined) checkWritable(options.json);
    file = options.json;
    await main(options);
  }
} catch (error) {
  const exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failure;
  if (file !== undefined) writeFileSync(file, JSON.stringify(errorJson(error, exitCode), null, 2));
  reportError(Terminal.ofProcess(), error, { args, json: false, exitCode, help: 'innermap bench --help' });
  process.exit(exitCode);
}
