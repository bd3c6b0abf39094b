import { basename, parse } from 'node:path';
import {
  AssemblyError,
  assemble,
  decodeInstructions,
  formatInstruction,
  MapType,
  type ObjectSpec,
  OptionError,
  type Program,
  readObject,
  Runtime,
  type TraceStep,
} from '../../index.js';
import { type Command, EXIT, oneOf } from '../command.js';
import { instructionTexts, textsBySlot } from '../dump/listing.js';
import { bytecodeOf, checkIsProgram, hexBytes, isElf, readBtfFile, readBytes, readJson } from '../input.js';
import { inFile, ofFile, UsageError } from '../output/errors.js';
import { OutputEnded } from '../output/interruption.js';
import type { Terminal } from '../output/terminal.js';
import { duration, grouped } from '../output/units.js';
import { readPcap } from '../pcap/reader.js';
import { type BareOptions, loadAssembly, loadBytecode, type NamedMaps } from '../run/assembly.js';
import { coverageLines, sourceCoverage } from '../run/coverage.js';
import {
  fillMap,
  type GivenMap,
  type InnerLimits,
  mapLines,
  type MapReport,
  programsNamed,
  reportMaps,
} from '../run/maps.js';
import { type RunOptions, runOptions, USAGE } from '../run/options.js';
import { type RunFigures, runCapture, runOne, type Skipped } from '../run/runner.js';
import { mapNames, traceJson, traceLines, withMapNames } from '../run/trace.js';

/** A program that is ready to run, with what belongs to it. */
interface Loaded {
  readonly program: Program;
  readonly maps: NamedMaps;
  /** Text of each instruction by slot, for --coverage. */
  readonly texts: ReadonlyMap<number, string>;
  /** All that were loaded, by name. */
  readonly programs: Readonly<Record<string, Program>>;
  /** How large an outer map's inner maps are. */
  inner(map: string): InnerLimits | undefined;
}

interface RunReport extends RunFigures {
  readonly program: string;
  readonly type: string;
  readonly printk: readonly string[];
  readonly maps: readonly MapReport[];
}

export const command: Command = {
  usage: USAGE,
  async main(args, terminal) {
    const options = runOptions(args);
    const bytes = await readBytes(options.file);
    await using runtime = await Runtime.create({ workers: options.workers });
    const printk: string[] = [];
    runtime.on('printk', ({ text }) => printk.push(text));
    const given: GivenMap[] = [];
    for (const [name, file] of options.maps) given.push({ name, file, json: await readJson(file) });
    const loaded = await load(runtime, bytes, options, given);
    const { maps, programs } = loaded;
    for (const map of given) fillMap(runtime, maps, map, { programs, inner: loaded.inner(map.name) });
    const steps: TraceStep[] = [];
    const figures = await run(loaded, options, terminal, steps);
    const coverage = loaded.program.coverage();
    const { name: program, type } = loaded.program;
    const report = { program, type, ...figures, printk, maps: reportMaps(loaded.maps) };
    const { lines } = loaded.program;
    if (options.json) {
      const counts = coverage && { coverage: [...coverage], sourceCoverage: sourceCoverage(coverage, lines) };
      terminal.json({ ...report, ...(options.trace ? { trace: steps.map(traceJson) } : {}), ...counts });
    } else print(terminal, report, coverage ? coverageLines(loaded.texts, coverage, lines) : []);
    return EXIT.ok;
  },
};

async function load(
  runtime: Runtime,
  bytes: Uint8Array,
  options: RunOptions,
  given: readonly GivenMap[],
): Promise<Loaded> {
  checkIsProgram(options.file, bytes);
  if (!isElf(bytes)) return loadBare(runtime, bytes, options);
  const spec = ofFile(options.file, () => readObject(bytes, { name: parse(options.file).name }));
  const wanted = programOf(spec, options);
  const btf = options.btf === undefined ? {} : { btf: await readBtfFile(options.btf) };
  const names = [wanted, ...given.flatMap((map) => programsOfMap(spec, map))];
  const { maps, programs } = await runtime.loadObject(spec, { programs: names, ...engineOf(options), ...btf });
  const texts = instructionTexts(spec.programs[wanted] as NonNullable<(typeof spec.programs)[string]>);
  const inner = (map: string) => spec.maps[map]?.inner;
  return { program: programs[wanted] as Program, maps, texts, programs, inner };
}

/** Those that `--map` puts into a program array. */
function programsOfMap({ maps, programs }: ObjectSpec, { name, file, json }: GivenMap): string[] {
  return maps[name]?.type === MapType.PROG_ARRAY ? programsNamed(json, file, Object.keys(programs)) : [];
}

/** The program that is asked for, or the only one. */
function programOf(spec: ObjectSpec, { file, program }: RunOptions): string {
  const names = Object.keys(spec.programs);
  if (program !== undefined) return oneOf('--program', program, names);
  const [only, second] = names;
  if (only === undefined) throw new UsageError(`${file}: the object has no programs`);
  if (second === undefined) return only;
  throw new UsageError(`--program: the object has several, choose one of ${names.join(', ')}`);
}

/** Bytecode or assembly text. */
async function loadBare(runtime: Runtime, bytes: Uint8Array, options: RunOptions): Promise<Loaded> {
  const name = basename(options.file).replace(/\W.*$/, '').slice(0, 15);
  const fallback = options.context !== undefined && options.data === undefined ? 'syscall' : 'xdp';
  const bare: BareOptions = { type: options.type, fallback, name, ...engineOf(options) };
  const bytecode = bytecodeOf(bytes);
  const inner = () => undefined;
  if (bytecode !== undefined) {
    const texts = textsBySlot(decodeInstructions(bytecode));
    return { program: await loadBytecode(runtime, bytecode, bare), maps: {}, texts, programs: {}, inner };
  }
  const text = new TextDecoder().decode(bytes);
  try {
    const { program, maps } = await loadAssembly(runtime, text, bare);
    const { insns } = assemble(text, { maps: descriptors(maps) });
    const names = mapNames(maps);
    const texts = textsBySlot(insns, (insn) => withMapNames(formatInstruction(insn), names));
    return { program, maps, texts, programs: { [program.name]: program }, inner };
  } catch (error) {
    const isInText = error instanceof AssemblyError || error instanceof OptionError || error instanceof UsageError;
    throw isInText ? inFile(options.file, error) : error;
  }
}

function descriptors(maps: NamedMaps): Record<string, number> {
  return Object.fromEntries(Object.entries(maps).map(([name, { fd }]) => [name, fd]));
}

function engineOf({ coverage, unsafe, engine }: RunOptions): Pick<BareOptions, 'coverage' | 'unsafe' | 'engine'> {
  return { coverage, unsafe, engine };
}

async function run(
  { program, texts }: Loaded,
  options: RunOptions,
  terminal: Terminal,
  steps: TraceStep[],
): Promise<RunFigures> {
  if (options.pcap !== undefined) {
    const { pcap, repeat, workers } = options;
    const bytes = await readBytes(pcap);
    const packets = ofFile(pcap, () => readPcap(bytes)).packets.map(({ data }) => data);
    const progress = (text: string) => terminal.progress(text);
    const figures = await runCapture(program, packets, { repeat, onWorkers: workers > 0, progress });
    if (figures.skipped) terminal.complain(skippedText(pcap, packets.length, figures.skipped));
    return figures;
  }
  const context = options.context === undefined ? undefined : hexBytes('--ctx', options.context);
  const given = options.data === undefined ? undefined : hexBytes('--data', options.data);
  // A program about packets needs one; one that is given a context may do without.
  const without = context !== undefined || PACKETLESS.has(program.type);
  const data = given ?? (without ? undefined : new Uint8Array(EMPTY_FRAME));
  if (given === undefined && data !== undefined) {
    terminal.complain(`no --pcap, --data or --ctx was given: the packet is ${EMPTY_FRAME} bytes of zeros`);
  }
  const follow = (executed: TraceStep) => {
    // A tail call goes on in a program whose text is not here.
    const text = executed.program === program.name ? texts.get(executed.slot) : undefined;
    const step = { ...executed, text: text ?? executed.text };
    if (options.json) steps.push(step);
    else terminal.print(...traceLines(step));
    if (terminal.isCutOff) throw new OutputEnded();
  };
  return runOne(program, { data, context, repeat: options.repeat, trace: options.trace ? follow : undefined });
}

function skippedText(pcap: string, all: number, { packets, shortest }: Skipped): string {
  const were = packets === 1 ? 'packet was' : 'packets were';
  return `${pcap}: ${grouped(packets)} of ${grouped(all)} ${were} skipped: shorter than an Ethernet header (${shortest} bytes)`;
}

const PACKETLESS: ReadonlySet<string> = new Set(['syscall', 'raw_tracepoint', 'perf_event']);

/** Bytes of the packet that is run over when none is given: zeros. */
const EMPTY_FRAME = 64;

function print(terminal: Terminal, report: RunReport, coverage: readonly string[]): void {
  const { program, type, runs, nanosecondsPerRun, verdicts, r0, maps, printk } = report;
  terminal.endDrawing();
  terminal.print(
    `${terminal.style('bold', program)} (${type}): ${grouped(runs)} run${runs === 1 ? '' : 's'}, ${duration(nanosecondsPerRun)} each`,
    '',
    ...verdicts.map(({ verdict, name, count }) => `  ${grouped(count).padStart(12)}  ${name ?? verdict}`),
    ...(r0 === undefined ? [] : [`  r0 = ${r0}`]),
    ...(printk.length > 0 ? ['', ...printk.slice(0, 20).map((line) => `printk: ${line}`)] : []),
    ...mapLines(maps),
    ...(coverage.length > 0 ? ['', ...coverage] : []),
  );
}
