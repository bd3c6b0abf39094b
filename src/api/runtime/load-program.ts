import { encode } from '../../shared/program/insn/codec.js';
import type { Instruction } from '../../shared/program/insn/instruction.js';
import { ProgramType } from '../../shared/uapi.js';
import { isMapObject } from '../map.js';
import type { MapObjectBase } from '../map/base.js';
import {
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
import { LOAD_OPTIONS, type LoadingOptions, loaderOptions, logAttributes } from '../programs/load-options.js';
import { PROGRAM_TYPES } from '../programs/types.js';
import type { RuntimeParts } from './parts.js';

/** A program to load: its text in one of three forms, and what it refers to. */
export interface ProgramSpec extends LoadingOptions {
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
  /**
   * Number of `enum bpf_attach_type`. Default 0. Programs that share a PROG_ARRAY must have the same: those of an object
   * file have that of their section ("xdp": 37).
   */
  readonly expectedAttachType?: number;
}

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
  ...LOAD_OPTIONS,
} as const satisfies CheckTable;

const SUBJECT = 'runtime.loadProgram()';

/** Assemble if need be, verify and compile, all on the loading thread. */
export async function loadProgram(parts: RuntimeParts, spec: ProgramSpec): Promise<Program> {
  const checked = checkOptions(TABLE, spec, SUBJECT);
  if (checked.type === undefined) throw optionError('type', `given undefined, expected ${TABLE.type.expected}`);
  const text = textOf(checked);
  if (typeof text !== 'string') return parts.programs.open(await load(parts, checked, text));
  // Their descriptors may be closed while the text is assembled: ours stay.
  const maps = descriptors(parts, checked.maps ?? {});
  try {
    const bytes = await parts.programs.assemble({ source: text, maps }, checked.signal);
    return parts.programs.open(await load(parts, checked, bytes));
  } finally {
    for (const fd of Object.values(maps)) parts.kernel.close(fd);
  }
}

type Checked = ReturnType<typeof checkOptions<typeof TABLE>>;

/** A descriptor. */
async function load(parts: RuntimeParts, checked: Checked, bytes: Uint8Array): Promise<number> {
  const attributes = {
    prog_type: ProgramType[PROGRAM_TYPES[checked.type as ProgramTypeName]],
    insns: bytes,
    license: checked.license,
    prog_flags: checked.flags,
    prog_name: checked.name,
    expected_attach_type: checked.expectedAttachType,
    ...logAttributes(checked.logLevel),
  };
  return parts.programs.loadAsync(attributes, loaderOptions(checked));
}

/** Assembly text, or instructions as bytes. */
function textOf({ source, insns, bytes }: Checked): string | Uint8Array {
  const given = [source, insns, bytes].filter((form) => form !== undefined).length;
  if (given !== 1) throw optionError('source', `${given} of source, insns and bytes are given, expected exactly one`);
  if (bytes !== undefined) return bytes;
  if (insns !== undefined) return encode(insns);
  return source as string;
}

/** A descriptor of its own for each map, which the caller closes. All are checked before the first is opened. */
function descriptors(parts: RuntimeParts, maps: Readonly<Record<string, unknown>>): Record<string, number> {
  const checked: [string, MapObjectBase][] = [];
  for (const [name, map] of Object.entries(maps)) {
    if (!isMapObject(map) || map.host !== parts) {
      throw optionError('maps', `maps.${name}: expected a map of this runtime`);
    }
    if (map.closed) throw optionError('maps', `maps.${name}: the map is closed`);
    checked.push([name, map]);
  }
  return Object.fromEntries(checked.map(([name, { object }]) => [name, parts.kernel.openMap(object)]));
}

function optionError(option: string, message: string): OptionError {
  return new OptionError('ERR_INNERMAP_INVALID_OPTION', option, `${SUBJECT}: option ${option}: ${message}`);
}
