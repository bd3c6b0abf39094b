/**
 * Speed of the verifier: `node build/bench/verifier.js [--json FILE] [--quick]`. Processed instructions per second of
 * user CPU time, from instruction bytes, log level 0, after warm-up, in a thread such as the library loads programs in.
 * The largest C programs of the fixtures and the examples, the largest recorded programs, and programs made large are
 * reported apart: the recorded ones are short, so that their figures are mostly the fixed cost of a call.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { BpfError, ObjectError, readObject, Runtime } from 'innermap';
import { Loader, LOADER_LIMITS } from '#dist/api/programs/loader.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { type VerifyInput, verify } from '#dist/shared/program/verifier/index.js';
import { ProgramType } from '#dist/shared/uapi.js';
import { recordedLoads } from '../test/verifier/scenarios.js';

interface Subject {
  readonly name: string;
  readonly input: VerifyInput;
}

interface Figure {
  readonly name: string;
  readonly instructions: number;
  readonly processed: number;
  readonly milliseconds: number;
  /** Million processed instructions per second. */
  readonly speed: number;
}

const LARGEST = 10;
const RECORDED = ['verifier.jsonl', 'prog.jsonl', 'mim.jsonl', 'batch.jsonl', 'elem.jsonl', 'life.jsonl'];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}

function measure({ name, input }: Subject, quick: boolean): Figure {
  const { processed } = verify(input).counts;
  const repeats = Math.max(1, Math.ceil((quick ? 20_000 : 200_000) / Math.max(1, processed)));
  const run = (): void => {
    for (let i = 0; i < repeats; i++) verify(input);
  };
  run();
  const milliseconds = median(Array.from({ length: 7 }, () => cpuMilliseconds(run))) / repeats;
  const speed = processed / (milliseconds * 1000);
  return { name, instructions: input.insns.length / 8, processed, milliseconds, speed };
}

/** One program a name: the one that takes the most. */
function largest(all: readonly Subject[]): Subject[] {
  const measured = all.map(({ name, input }) => {
    const quiet = { ...input, logLevel: 0 };
    return { subject: { name, input: quiet }, processed: verify(quiet).counts.processed };
  });
  const byName = new Map(
    measured.sort((a, b) => a.processed - b.processed).map((entry) => [entry.subject.name, entry]),
  );
  return [...byName.values()]
    .sort((a, b) => b.processed - a.processed)
    .slice(0, LARGEST)
    .map(({ subject }) => subject);
}

function recorded(): Subject[] {
  return RECORDED.flatMap((file) => recordedLoads(file));
}

const ROOT = new URL('../../', import.meta.url);

function* objects(): Generator<Uint8Array> {
  for (const folder of ['test/fixtures/object/built/', 'test/realworld/objects/', 'examples/']) {
    for (const name of readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })) {
      if (!/\.o(\.gz)?$/.test(name)) continue;
      const bytes = readFileSync(fileURLToPath(new URL(folder + name, ROOT)));
      yield name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    }
  }
}

/** What the library gives its verifier when it loads them; objects that need more than themselves are left out. */
async function compiled(): Promise<Subject[]> {
  const subjects: Subject[] = [];
  let leftOut = 0;
  const prepare = Loader.prototype.prepare;
  Loader.prototype.prepare = function (job, signal) {
    subjects.push({ name: job.verify.name, input: job.verify });
    return prepare.call(this, job, signal);
  };
  for (const bytes of objects()) {
    await using runtime = await Runtime.create({ workers: 0 });
    try {
      await runtime.loadObject(readObject(bytes));
    } catch (error) {
      if (!(error instanceof ObjectError) && !(error instanceof BpfError)) throw error;
      leftOut++;
    }
  }
  Loader.prototype.prepare = prepare;
  console.log(`${leftOut} objects need more than themselves, or are refused by intent`);
  return subjects;
}

/** Reads a byte of the context's first words and adds what fits, `count` times: a branch each. */
function branches(count: number): string {
  const step = (i: number): string => `r2 = *(u32 *)(r1 + ${4 * (i % 3)})
if r2 > ${i + 7} goto +1
r0 += r2
`;
  return `r0 = 0\n${Array.from({ length: count }, (_, i) => step(i)).join('')}exit\n`;
}

function straight(count: number): string {
  return `r0 = 1\nr2 = 3\n${'r0 += r2\nr0 ^= 21\nr2 <<= 1\nr2 &= 255\n'.repeat(count)}exit\n`;
}

function boundedLoop(count: number): string {
  return `r6 = 0\nr0 = 0\nr0 += r6\nr6 += 1\nif r6 < ${count} goto -3\nexit\n`;
}

function madeLarge(): Subject[] {
  const sources = { 'straight line': straight(2500), branches: branches(1000), 'bounded loop': boundedLoop(3000) };
  return Object.entries(sources).map(([name, source]) => ({
    name,
    input: {
      name: 'large',
      insns: encode(assemble(source).insns),
      type: ProgramType.SOCKET_FILTER,
      gpl: true,
      mapsByFd: new Map(),
    },
  }));
}

function report(title: string, figures: readonly Figure[]): number {
  const middle = median(figures.map(({ speed }) => speed));
  console.log(`${title}: median ${middle.toFixed(2)} M insns/s`);
  for (const { name, instructions, processed, milliseconds, speed } of figures) {
    const counts = `${String(instructions).padStart(7)} insns ${String(processed).padStart(8)} processed`;
    console.log(`${counts} ${milliseconds.toFixed(3).padStart(9)} ms ${speed.toFixed(2).padStart(6)} M/s  ${name}`);
  }
  return middle;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } } });
  const speeds = (subjects: readonly Subject[]) => subjects.map((subject) => measure(subject, values.quick));
  const figures = {
    compiled: speeds(largest(await compiled())),
    recorded: speeds(largest(recorded())),
    large: speeds(madeLarge()),
  };
  const medians = {
    compiled: report('ten largest C programs of the fixtures and examples', figures.compiled),
    recorded: report('ten largest recorded programs', figures.recorded),
    large: report('programs made large', figures.large),
  };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ medians, ...figures }, null, 2)}\n`);
}

if (isMainThread) new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), resourceLimits: LOADER_LIMITS });
else await main();
