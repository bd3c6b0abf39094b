import { parseOptions, single, wholeNumber } from '../command.js';
import { UsageError } from '../output/errors.js';

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
  readonly coverage: boolean;
  /** Maps to fill: name and JSON file. */
  readonly maps: readonly (readonly [name: string, file: string])[];
  readonly btf: string | undefined;
  readonly json: boolean;
}

export const USAGE = `usage: innermap run OBJ|ASM [options]

Run a program of an object (what clang -target bpf wrote), or of assembly text, and show its verdicts, its time,
and the maps as it left them.

  --program P        which program of the object (default: its only one)
  --pcap FILE        run over the packets of a capture
  --data HEX         run over one packet
  --ctx HEX          run with this context, for types that are not about packets
  --repeat N         run over everything N times (default 1)
  --workers N        worker threads for a capture (default 1; 0 = the calling thread)
  --coverage         print how often each instruction ran
  --map NAME=FILE    fill a map first: JSON, a list of [key, value] or an object (may be given several times)
  --btf FILE         BTF of the target, for CO-RE relocations
  --json             print one JSON document
  --help             this text

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
    coverage: { type: 'boolean', default: false },
    map: { type: 'string', multiple: true },
    btf: { type: 'string' },
  });
  const { program, pcap, data, ctx: context, coverage, btf, json } = values;
  if (pcap !== undefined && (data !== undefined || context !== undefined)) {
    throw new UsageError('--pcap goes neither with --data nor with --ctx');
  }
  return {
    file: single(positionals, 'object or assembly file'),
    program,
    pcap,
    data,
    context,
    repeat: wholeNumber('repeat', values.repeat, 1, MOST_RUNS) ?? 1,
    workers: wholeNumber('workers', values.workers, 0, 256) ?? (pcap === undefined ? 0 : 1),
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
