/** Assembly text with its maps: what an object would say of itself stands in comments at the top. */
import {
  type BpfMap,
  bytes,
  type Codec,
  type MapSpec,
  type Program,
  ProgramFlags,
  type ProgramTypeName,
  type Runtime,
  u32,
  u64,
} from '../../index.js';
import { oneOf } from '../command.js';
import { UsageError } from '../output/errors.js';
import { PROGRAM_TYPE_NAMES } from '../program-types.js';

/** The maps of a program by name. */
export type NamedMaps = Readonly<Record<string, BpfMap>>;

const TYPE_LINE = /^\s*(?:;|#|\/\/)\s*type:\s*(\w+)\s*$/m;
const MAP_LINE = /^\s*(?:;|#|\/\/)\s*map\s+([\w.]+):\s*(.*)$/gm;

/** How to load what is no object. */
export interface BareOptions {
  /** Named on the command line. */
  readonly type: ProgramTypeName | undefined;
  readonly fallback: ProgramTypeName;
  readonly name: string;
  readonly coverage: boolean;
  readonly unsafe: boolean;
  readonly engine: 'compiled' | 'interpreter';
}

/** Load bytecode: as it is, or as hexadecimal text. */
export function loadBytecode(runtime: Runtime, bytes: Uint8Array, options: BareOptions): Promise<Program> {
  const { type, fallback, ...rest } = options;
  return runtime.loadProgram({ ...typed(type ?? fallback), bytes, ...rest });
}

/** SYSCALL programs load as sleepable ones only. */
function typed(type: ProgramTypeName): { type: ProgramTypeName; flags: number } {
  return { type, flags: type === 'syscall' ? ProgramFlags.SLEEPABLE : 0 };
}

/**
 * Load assembly text. `; type: sched_cls` names the program's type (default `fallback`), and a line such as
 * `; map flows: hash key=8 value=16 entries=1024` declares a map for `map[flows]`.
 */
export async function loadAssembly(
  runtime: Runtime,
  text: string,
  { type: given, fallback, ...options }: BareOptions,
): Promise<{ program: Program; maps: NamedMaps }> {
  const type = given ?? oneOf('type', TYPE_LINE.exec(text)?.[1] ?? fallback, PROGRAM_TYPE_NAMES);
  const maps: Record<string, BpfMap> = {};
  for (const [, map, attributes] of text.matchAll(MAP_LINE)) {
    maps[map as string] = runtime.createMap(mapSpec(map as string, attributes as string));
  }
  return { program: await runtime.loadProgram({ ...typed(type), source: text, maps, ...options }), maps };
}

function mapSpec(name: string, line: string): MapSpec {
  const [type, ...pairs] = line.trim().split(/\s+/);
  const fields = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
  const number = (field: string, fallback?: number): number => {
    const text = fields.get(field);
    const value = text === undefined ? fallback : Number(text);
    if (value !== undefined && Number.isInteger(value) && value >= 0) return value;
    throw new UsageError(`map ${name}: ${field}: given ${text ?? 'nothing'}, expected a whole number`);
  };
  const spec = { type, name, maxEntries: number('entries'), flags: number('flags', 0) };
  const key = fields.has('key') ? { key: codecOf(number('key')) } : {};
  const value = fields.has('value') ? { value: codecOf(number('value')) } : {};
  // `createMap` checks the type's name and what belongs to it.
  return { ...spec, ...key, ...value } as MapSpec;
}

function codecOf(size: number): Codec<unknown> {
  if (size === 4) return u32 as Codec<unknown>;
  if (size === 8) return u64 as Codec<unknown>;
  return bytes(size) as Codec<unknown>;
}
