/** Checking of map specs as data. What only the kernel's rules know (sizes, flags, names) is left to MAP_CREATE. */
import { type Codec, describe, u32 } from '../../shared/codecs.js';
import { nearest } from '../../shared/text/nearest.js';
import {
  type Check,
  type CheckTable,
  checkOptions,
  integer,
  matching,
  OptionError,
  string,
  withDefault,
} from '../options.js';
import { isOuterName, MAP_TYPES, type MapTypeName, TRAITS, type TypeTraits } from './type-names.js';
import type { BpfMap } from './types.js';

/** How a map's keys and values are typed: what a friendly object of it is made from. */
export interface MapShape {
  readonly type: MapTypeName;
  /** Undefined where there are no keys. */
  readonly key: Codec<unknown> | undefined;
  /** Undefined where values are maps or programs, or records of any length. */
  readonly value: Codec<unknown> | undefined;
}

/** A spec after checking: the type in its short spelling, defaults filled in. */
export interface CheckedSpec extends MapShape {
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  /** `map_extra`: the number of hash functions of a Bloom filter, 0 = default. */
  readonly extra: number;
  /** Only of an outer map: checked spec or map. */
  readonly inner: CheckedSpec | BpfMap | undefined;
}

const codec: Check<Codec<unknown>> = matching('a codec such as u32, bytes(n) or struct({ … })', isCodec);
const type: Check<string> = string(`one of ${Object.keys(MAP_TYPES).join(', ')}`);
const template: Check<object> = matching(
  'a map spec or a BpfMap',
  (value) => typeof value === 'object' && value !== null,
);

const COMMON = {
  type,
  maxEntries: integer(0, 0xffffffff),
  flags: withDefault(integer(0, 0xffffffff), 0),
  name: withDefault(string(), ''),
};

export function checkSpec(given: unknown, isMap: (value: unknown) => boolean, subject: string): CheckedSpec {
  const name = typeName(given, subject);
  const traits = TRAITS[name];
  const options: RawSpec = checkOptions(TABLES[name], given, subject) as RawSpec;
  const inner = isOuterName(name) ? required('inner', options.inner, template, subject) : undefined;
  const key = options.key ?? (traits.key === 'index' ? (u32 as Codec<unknown>) : undefined);
  return {
    type: name,
    key: traits.key === 'none' ? undefined : required('key', key, codec, subject),
    value: traits.value === 'codec' ? required('value', options.value, codec, subject) : options.value,
    maxEntries: required('maxEntries', options.maxEntries, COMMON.maxEntries, subject),
    flags: ((options.flags ?? 0) | traits.flags) >>> 0,
    name: options.name ?? '',
    extra: options.hashes ?? 0,
    inner: inner === undefined || isMap(inner) ? (inner as BpfMap) : checkSpec(inner, isMap, `${subject}: inner`),
  };
}

interface RawSpec {
  readonly maxEntries?: number;
  readonly flags?: number;
  readonly name?: string;
  readonly key?: Codec<unknown>;
  readonly value?: Codec<unknown>;
  readonly hashes?: number;
  readonly inner?: object;
}

/** The options of each type. */
const TABLES = Object.fromEntries(
  (Object.entries(TRAITS) as [MapTypeName, TypeTraits][]).map(([name, traits]) => [name, tableFor(name, traits)]),
) as Readonly<Record<MapTypeName, CheckTable>>;

function tableFor(name: MapTypeName, traits: TypeTraits): CheckTable {
  return {
    ...COMMON,
    ...(traits.key === 'none' ? {} : { key: codec }),
    ...(traits.value === 'none' ? {} : { value: codec }),
    ...(name === 'bloom_filter' ? { hashes: integer(1, 15, 'hash functions') } : {}),
    ...(isOuterName(name) ? { inner: template } : {}),
  };
}

function required<T>(option: string, value: T | undefined, check: { expected: string }, subject: string): T {
  if (value !== undefined) return value;
  throw new OptionError(
    'ERR_INNERMAP_INVALID_OPTION',
    option,
    `${subject}: option ${option}: given undefined, expected ${check.expected}`,
  );
}

/** Every spelling of every type. */
const SPELLINGS = new Map<unknown, MapTypeName>(
  (Object.keys(MAP_TYPES) as MapTypeName[]).flatMap((name) => {
    const upper = name.toUpperCase();
    return [name, upper, `BPF_MAP_TYPE_${upper}`].map((spelling) => [spelling, name] as const);
  }),
);

function typeName(given: unknown, subject: string): MapTypeName {
  const known = SPELLINGS.get((given as { type?: unknown } | null | undefined)?.type);
  if (known !== undefined) return known;
  const { type: spelling } = checkOptions({ type }, pick(given), subject);
  const plain = spelling?.toLowerCase().replace(/^bpf_map_type_/, '');
  const near = plain === undefined ? undefined : nearest(plain, Object.keys(MAP_TYPES));
  throw new OptionError(
    'ERR_INNERMAP_INVALID_OPTION',
    'type',
    `${subject}: option type: given ${describe(spelling)}, expected ${type.expected}${near ? `: did you mean ${near}?` : ''}`,
  );
}

/** Only the type, so that the rest is checked against the table of that type. */
function pick(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return { type: (given as { type?: unknown }).type };
}

function isCodec(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { size, encode, decode } = value as Partial<Codec<unknown>>;
  return Number.isInteger(size) && typeof encode === 'function' && typeof decode === 'function';
}
