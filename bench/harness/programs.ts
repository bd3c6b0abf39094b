/** The benchmark programs of `bench/programs`: what is in the files, checked as far as the harness relies on it. */
import { readFileSync } from 'node:fs';

export interface BenchFill {
  readonly kind: 'array' | 'hash' | 'entries';
  readonly count: number;
  /** Kind `entries`: keys and values in hex. */
  readonly entries?: readonly (readonly [string, string])[];
}

export interface BenchMap {
  readonly type: number;
  readonly type_name: string;
  readonly key_size: number;
  readonly value_size: number;
  readonly max_entries: number;
  readonly map_flags: number;
  readonly fill: BenchFill | null;
  /** Outer maps: the template; each slot gets a filled copy of its own. */
  readonly inner: BenchMap | null;
  /** Outer maps: keys 0 … slots − 1 are set. */
  readonly slots: number | null;
}

export interface BenchProgram {
  readonly name: string;
  readonly note: string;
  readonly ops_per_run: number;
  readonly prog_type: 'sched_cls';
  readonly insns_hex: string;
  readonly maps: readonly BenchMap[];
  /** `nonzero`: r0 is 0 unless every operation of the run succeeded. */
  readonly expect_r0: 'nonzero' | 'any';
}

/** Sources and compiled files lie at different depths below the repository: go up to its package.json. */
function programsFolder(): URL {
  for (let folder = new URL('.', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const programs = new URL('bench/programs/', folder);
    try {
      readFileSync(new URL('index.json', programs));
      return programs;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('bench/programs/index.json: not found in any folder above the harness');
}

const FOLDER = programsFolder();

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

/** Names of all programs, in the order of the index. */
export function programNames(): readonly string[] {
  return readJson('index') as string[];
}

export function readProgram(name: string): BenchProgram {
  const program = readJson(name) as BenchProgram;
  if (program.name !== name || program.insns_hex.length % 16 !== 0 || program.prog_type !== 'sched_cls') {
    throw new Error(`bench/programs/${name}.json: not a program of the format in bench/programs/README.md`);
  }
  return program;
}

const LOAD_IMMEDIATE = 0x18;
const MAP_REFERENCE = 1;

/** The instructions, with each map index replaced by the descriptor of that map. */
export function relocate(program: BenchProgram, fds: readonly number[]): Uint8Array {
  const insns = Uint8Array.from(Buffer.from(program.insns_hex, 'hex'));
  const view = new DataView(insns.buffer);
  for (let at = 0; at < insns.length; at += 8) {
    if (insns[at] !== LOAD_IMMEDIATE) continue;
    if ((insns[at + 1] ?? 0) >>> 4 === MAP_REFERENCE) {
      const index = view.getUint32(at + 4, true);
      const fd = fds[index];
      if (fd === undefined)
        throw new Error(`${program.name}: instruction ${at / 8} names map ${index} of ${fds.length}`);
      view.setUint32(at + 4, fd, true);
    }
    at += 8;
  }
  return insns;
}
