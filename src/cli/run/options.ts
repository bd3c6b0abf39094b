import type { ProgramTypeName } from '../../index.js';
import { oneOf, parseOptions, single, wholeNumber } from '../command.js';
import { UsageError } from '../output/errors.js';
import { PROGRAM_TYPE_NAMES } from '../program-types.js';

const ENGINES = ['compiled', 'interpreter'] as const;
export type Engine = (typeof ENGINES)[number];

export interface RunOptions {
  readonly file: string;
  readonly program: string | undefined;
  readonly pcap: string | undefined;
  /** Hexadecimal. */
  readonly data: string | undefined;
  readonly context: string | undefined;
  readonly repeat: number;
  /** 0: the calling thread. */
  readonly workers: number;
  /** Of bytecode and assembly text; undefined: what the text says. */
  readonly type: ProgramTypeName | undefined;
  readonly unsafe: boolean;
  readonly engine: Engine;
  readonly trace: boolean;
  readonly coverage: boolean;
  /** Maps to fill: name and JSON file. */
  readonly maps: readonly (readonly [name: string, file: string])[];
  readonly btf: string | undefined;
  readonly json: boolean;
}

export const USAGE = `usage: innermap run OBJ|ASM|BIN [options]

Run a program and show its verdicts, its time, and the maps as it left them. It comes from an object (what
clang -target bpf wrote), from assembly text, or from bare bytecode: 8 bytes an instruction, as they are or as
hexadecimal text. "-" reads it from the standard input.

  --program P        which program of the object (default: its only one); those that stand in its program arrays from the
                     start are loaded as well
  --pcap FILE        run over the packets of a capture
  --data HEX         run over one packet (default, where one is needed: 64 bytes of zeros)
  --ctx HEX          run with this context, for types that are not about packets: memory that r1 points to
  --repeat N         run over everything N times (default 1)
  --workers N        worker threads for a capture (default 1; 0 = the calling thread)
  --type T           program type of bytecode or assembly (default: what the text says, else xdp; syscall with --ctx
                     and without --data)
  --unsafe           leave the verifier out; a syscall program then has the length of its context in r2
  --engine E         compiled (default) or interpreter
  --trace            print each instruction as it runs, the registers it changed, and source lines
  --coverage         print how often each instruction ran, and each source line
  --map NAME=FILE    fill a map first, from JSON (may be given several times): [[key, value], …], or { "key": value }
                     for keys that are numbers or text; 64 bits past 2^53 are text, bytes hexadecimal text or a list
                     ("0a000001", [10, 0, 0, 1]); structs are objects with the C names (fields left out are zero),
                     per-CPU values lists with one value a CPU; a value of an outer map is what the inner map
                     holds, in the same form: { "0": [[1, 10], [2, 20]] }; one of a program array the name of a
                     program of the object
  --btf FILE         BTF of the target, for CO-RE relocations
  --json             print one JSON document

Assembly text declares its type and maps in comments: "; type: xdp", "; map flows: hash key=8 value=16 entries=64".`;

const MOST_RUNS = 0xffff_ffff;

/** Throws UsageError. */
export function runOptions(args: readonly string[]): RunOptions {
  const { values, positionals } = parseOptions(args, {
    program: { type: 'string' },
    pcap: { type: 'string' },
    data: { type: 'string' },
    ctx: { type: 'string' },
    repeat: { type: 'string' },
    workers: { type: 'string' },
    type: { type: 'string' },
    unsafe: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'compiled' },
    trace: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    map: { type: 'string', multiple: true },
    btf: { type: 'string' },
  });
  const { program, pcap, data, ctx: context, unsafe, trace, coverage, btf, json } = values;
  if (pcap !== undefined && (data !== undefined || context !== undefined)) {
    throw new UsageError('--pcap goes neither with --data nor with --ctx');
  }
  if (pcap !== undefined && trace) throw new UsageError('--trace follows one run: it does not go with --pcap');
  return {
    file: single(positionals, 'object, assembly or bytecode file'),
    program,
    pcap,
    data,
    context,
    repeat: wholeNumber('repeat', values.repeat, 1, MOST_RUNS) ?? 1,
    workers: wholeNumber('workers', values.workers, 0, 256) ?? (pcap === undefined ? 0 : 1),
    type: values.type === undefined ? undefined : oneOf('--type', values.type, PROGRAM_TYPE_NAMES),
    unsafe,
    engine: oneOf('--engine', values.engine, ENGINES),
    trace,
    coverage,
    maps: (values.map ?? []).map(namedFile),
    btf,
    json,
  };
}

function namedFile(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--map: given ${text}, expected NAME=FILE`);
}
