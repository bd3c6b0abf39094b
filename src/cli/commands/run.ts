import { basename, parse } from 'node:path';
import { type Program, readObject, Runtime } from '../../index.js';
import { type Command, EXIT } from '../command.js';
import { hexBytes, isElf, readBytes } from '../input.js';
import { UsageError } from '../output/errors.js';
import type { Terminal } from '../output/terminal.js';
import { duration, grouped } from '../output/units.js';
import { readPcap } from '../pcap/reader.js';
import { loadAssembly, type NamedMaps } from '../run/assembly.js';
import { coverageLines } from '../run/coverage.js';
import { fillMap, mapLines, type MapReport, reportMaps } from '../run/maps.js';
import { type RunOptions, runOptions, USAGE } from '../run/options.js';
import { type RunFigures, runCapture, runOne } from '../run/runner.js';

/** A program that is ready to run, with what belongs to it. */
interface Loaded {
  readonly program: Program;
  readonly maps: NamedMaps;
  /** Text of each instruction by slot, for --coverage. */
  readonly texts: ReadonlyMap<number, string>;
}

interface RunReport extends RunFigures {
  readonly program: string;
  readonly type: string;
  readonly printk: readonly string[];
  readonly maps: readonly MapReport[];
  readonly coverage?: readonly number[];
}

export const command: Command = {
  usage: USAGE,
  async main(args, terminal) {
    const options = runOptions(args);
    const bytes = await readBytes(options.file);
    await using runtime = await Runtime.create({ workers: options.workers });
    const printk: string[] = [];
    runtime.on('printk', ({ text }) => printk.push(text));
    const loaded = await load(runtime, bytes, options);
    for (const [name, file] of options.maps) await fillMap(loaded.maps, name, file);
    const figures = await run(runtime, loaded.program, options, terminal);
    const coverage = loaded.program.coverage();
    const { name: program, type } = loaded.program;
    const report = { program, type, ...figures, printk, maps: reportMaps(loaded.maps) };
    if (options.json) terminal.json(coverage ? { ...report, coverage: [...coverage] } : report);
    else print(terminal, report, coverage ? coverageLines(loaded.texts, coverage) : []);
    return EXIT.ok;
  },
};

async function load(runtime: Runtime, bytes: Uint8Array, options: RunOptions): Promise<Loaded> {
  const { name } = parse(options.file);
  if (!isElf(bytes)) return loadText(runtime, bytes, options);
  const { instructionTexts } = await import('../dump/listing.js');
  const spec = readObject(bytes, { name });
  const names = Object.keys(spec.programs);
  const wanted = options.program ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined)
    throw new UsageError(`--program: the object has several, choose one of ${names.join(', ')}`);
  const btf = options.btf === undefined ? {} : { btf: await readBytes(options.btf) };
  const { maps, programs } = await runtime.loadObject(spec, { programs: [wanted], coverage: options.coverage, ...btf });
  const texts = instructionTexts(spec.programs[wanted] as NonNullable<(typeof spec.programs)[string]>);
  return { program: programs[wanted] as Program, maps, texts };
}

async function loadText(runtime: Runtime, bytes: Uint8Array, options: RunOptions): Promise<Loaded> {
  const name = basename(options.file).replace(/\W.*$/, '').slice(0, 15);
  const text = new TextDecoder().decode(bytes);
  const loaded = await loadAssembly(runtime, text, { name, coverage: options.coverage });
  return { ...loaded, texts: new Map() };
}

async function run(runtime: Runtime, program: Program, options: RunOptions, terminal: Terminal): Promise<RunFigures> {
  if (options.pcap !== undefined) {
    const packets = readPcap(await readBytes(options.pcap)).packets.map(({ data }) => data);
    const progress = terminal.isLive && !options.json ? (text: string) => terminal.draw([text]) : () => undefined;
    return runCapture(program, packets, { repeat: options.repeat, onWorkers: options.workers > 0, progress });
  }
  const context = options.context === undefined ? undefined : hexBytes('--ctx', options.context);
  const given = options.data === undefined ? undefined : hexBytes('--data', options.data);
  // A program about packets needs one; one that is given a context may do without.
  const data = given ?? (context ? undefined : new Uint8Array(EMPTY_FRAME));
  return runOne(runtime, program, { data, context, repeat: options.repeat });
}

/** Bytes of the packet that is run over when none is given: zeros. */
const EMPTY_FRAME = 64;

function print(terminal: Terminal, report: RunReport, coverage: readonly string[]): void {
  const { program, type, runs, nanosecondsPerRun, verdicts, maps, printk } = report;
  terminal.endDrawing();
  terminal.print(
    `${terminal.style('bold', program)} (${type}): ${grouped(runs)} run${runs === 1 ? '' : 's'}, ${duration(nanosecondsPerRun)} each`,
    '',
    ...verdicts.map(({ verdict, name, count }) => `  ${grouped(count).padStart(12)}  ${name ?? verdict}`),
    ...(printk.length > 0 ? ['', ...printk.slice(0, 20).map((line) => `printk: ${line}`)] : []),
    ...mapLines(maps),
    ...(coverage.length > 0 ? ['', ...coverage] : []),
  );
}
