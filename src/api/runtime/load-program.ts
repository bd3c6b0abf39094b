import { assemble } from '../../shared/program/asm/index.js';
import { encode } from '../../shared/program/insn/codec.js';
import type { Instruction } from '../../shared/program/insn/instruction.js';
import { ProgramType } from '../../shared/uapi.js';
import { isMapObject } from '../map.js';
import {
  boolean,
  type CheckTable,
  checkOptions,
  integer,
  matching,
  oneOf,
  OptionError,
  string,
  withDefault,
} from '../options.js';
import type { Program, ProgramTypeName } from '../program.js';
import { PROGRAM_TYPES } from '../programs/types.js';
import type { RuntimeParts } from './parts.js';

/** A program to load: its text in one of three forms, and what it refers to. */
export interface ProgramSpec {
  /** Kernel name of the program type in lower case. */
  readonly type: ProgramTypeName;
  /** Assembly text. */
  readonly source?: string;
  /** Instructions. */
  readonly insns?: readonly Instruction[];
  /** Instructions as bytes, 8 each; maps are named by descriptor. */
  readonly bytes?: Uint8Array;
  /** Maps that `source` names, by name. */
  readonly maps?: Readonly<Record<string, { readonly fd: number }>>;
  /** Up to 15 letters, digits, `_` and `.`. */
  readonly name?: string;
  /** Default 'GPL'. */
  readonly license?: string;
  /** `ProgramFlags` bits. Default 0. */
  readonly flags?: number;
  readonly expectedAttachType?: number;
  /** What `program.log` holds: 0 nothing, 1 the verifier's log of the path, 2 all of it, 4 figures. Default 0. */
  readonly logLevel?: number;
  /** 'interpreter': every access is checked while the program runs. Default 'compiled'. */
  readonly engine?: 'compiled' | 'interpreter';
  /** Count how often each instruction runs: `program.coverage()`. Default false. */
  readonly coverage?: boolean;
  /** Leave the verifier out: the program is trusted code then. Default false. */
  readonly unsafe?: boolean;
  /** Most instructions that the verifier may process. Default 1,000,000, as the kernel. */
  readonly maxInstructions?: number;
  /** Milliseconds that the verifier may take, then ETIMEDOUT. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

const MAX_LOG = 1 << 24;
const U32 = 0xffff_ffff;

const TABLE = {
  type: oneOf(...(Object.keys(PROGRAM_TYPES) as ProgramTypeName[])),
  source: string(),
  insns: matching<readonly Instruction[]>('an array of instructions', Array.isArray),
  bytes: matching<Uint8Array>('a Uint8Array', (value) => value instanceof Uint8Array),
  maps: matching<Readonly<Record<string, unknown>>>(
    'an object of maps by name',
    (value) => typeof value === 'object' && value !== null,
  ),
  name: withDefault(string(), ''),
  license: withDefault(string(), 'GPL'),
  flags: withDefault(integer(0, U32), 0),
  expectedAttachType: withDefault(integer(0, U32), 0),
  logLevel: withDefault(integer(0, 15), 0),
  engine: withDefault(oneOf('compiled', 'interpreter'), 'compiled'),
  coverage: withDefault(boolean(), false),
  unsafe: withDefault(boolean(), false),
  maxInstructions: integer(1, U32, 'instructions'),
  timeout: integer(1, U32, 'milliseconds'),
  signal: matching<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal),
} as const satisfies CheckTable;

const SUBJECT = 'runtime.loadProgram()';

/** Assemble if need be, then verify and compile on the loading thread. */
export async function loadProgram(parts: RuntimeParts, spec: ProgramSpec): Promise<Program> {
  const checked = checkOptions(TABLE, spec, SUBJECT);
  if (checked.type === undefined) throw optionError('type', `given undefined, expected ${TABLE.type.expected}`);
  const bytes = instructionsOf(parts, checked);
  const { logLevel, engine, coverage, unsafe, maxInstructions, timeout, signal } = checked;
  const log = logLevel === 0 ? {} : { log_level: logLevel, log_size: MAX_LOG, log_buf: new Uint8Array(MAX_LOG) };
  const attributes = {
    prog_type: ProgramType[PROGRAM_TYPES[checked.type]],
    insns: bytes,
    license: checked.license,
    prog_flags: checked.flags,
    prog_name: checked.name,
    expected_attach_type: checked.expectedAttachType,
    ...log,
  };
  const fd = await parts.programs.loadAsync(attributes, { engine, coverage, unsafe, maxInstructions, timeout, signal });
  return parts.programs.open(fd);
}

type Checked = ReturnType<typeof checkOptions<typeof TABLE>>;

function instructionsOf(parts: RuntimeParts, { source, insns, bytes, maps = {} }: Checked): Uint8Array {
  const given = [source, insns, bytes].filter((form) => form !== undefined).length;
  if (given !== 1) throw optionError('source', `${given} of source, insns and bytes are given, expected exactly one`);
  if (bytes !== undefined) return bytes;
  if (insns !== undefined) return encode(insns);
  return encode(assemble(source as string, { maps: descriptors(parts, maps) }).insns);
}

function descriptors(parts: RuntimeParts, maps: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(maps).map(([name, map]) => {
      if (!isMapObject(map) || map.host !== parts)
        throw optionError('maps', `maps.${name}: expected a map of this runtime`);
      if (map.closed) throw optionError('maps', `maps.${name}: the map is closed`);
      return [name, map.fd];
    }),
  );
}

function optionError(option: string, message: string): OptionError {
  return new OptionError('ERR_INNERMAP_INVALID_OPTION', option, `${SUBJECT}: option ${option}: ${message}`);
}
