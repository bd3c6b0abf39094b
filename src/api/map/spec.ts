import { type Codec, describe } from '../../shared/codecs.js';
import { u32 } from '../../shared/codecs.js';
import { type Check, checkOptions, integer, matching, nearest, OptionError, string, withDefault } from '../options.js';
import type { ArrayMap, BpfMap, ElementMap, HashMap, OuterMap } from './types.js';

/** Map types of the friendly layer and their numbers in the kernel's `enum bpf_map_type`. */
export const MAP_TYPES = { hash: 1, array: 2, array_of_maps: 12, hash_of_maps: 13 } as const;

export type MapTypeName = keyof typeof MAP_TYPES;
export type ElementTypeName = 'hash' | 'array';
export type OuterTypeName = 'array_of_maps' | 'hash_of_maps';

/** A type as a spec may write it: `hash`, or as the kernel does, `HASH` or `BPF_MAP_TYPE_HASH`. */
export type TypeSpelling<Name extends MapTypeName> = Name | Uppercase<Name> | `BPF_MAP_TYPE_${Uppercase<Name>}`;

interface CommonSpec {
  /** Most elements (hash), or exactly how many (array). */
  readonly maxEntries: number;
  /** `map_flags` bits (`MapFlags`). Default 0. */
  readonly flags?: number;
  /** Up to 15 characters of A–Z a–z 0–9 `_` `.`; default empty. */
  readonly name?: string;
}

export interface HashSpec<K, V> extends CommonSpec {
  readonly type: TypeSpelling<'hash'>;
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

export interface ArraySpec<V> extends CommonSpec {
  readonly type: TypeSpelling<'array'>;
  /** Keys of arrays are u32 indices; may be left out. */
  readonly key?: Codec<number>;
  readonly value: Codec<V>;
}

/** What an outer map's inner maps are like: a spec, or an existing map whose properties are copied. */
export type Template = HashSpec<unknown, unknown> | ArraySpec<unknown> | ElementMap<never, unknown>;

export interface ArrayOfMapsSpec<I extends Template> extends CommonSpec {
  readonly type: TypeSpelling<'array_of_maps'>;
  /** Keys of arrays are u32 indices; may be left out. */
  readonly key?: Codec<number>;
  readonly inner: I;
}

export interface HashOfMapsSpec<K, I extends Template> extends CommonSpec {
  readonly type: TypeSpelling<'hash_of_maps'>;
  readonly key: Codec<K>;
  readonly inner: I;
}

/** What `createMap` takes. */
export type MapSpec =
  | HashSpec<unknown, unknown>
  | ArraySpec<unknown>
  | ArrayOfMapsSpec<Template>
  | HashOfMapsSpec<unknown, Template>;

/** The map object that `createMap` makes of a spec: keys, values and inner maps exactly typed. */
export type MapOf<S> = S extends { readonly type: TypeSpelling<'array_of_maps'>; readonly inner: infer I }
  ? OuterMap<number, InnerOf<I>>
  : S extends { readonly type: TypeSpelling<'hash_of_maps'>; readonly key: Codec<infer K>; readonly inner: infer I }
    ? OuterMap<K, InnerOf<I>>
    : ElementMapOf<S>;

type ElementMapOf<S> = S extends { readonly type: TypeSpelling<'array'>; readonly value: Codec<infer V> }
  ? ArrayMap<V>
  : S extends { readonly type: TypeSpelling<'hash'>; readonly key: Codec<infer K>; readonly value: Codec<infer V> }
    ? HashMap<K, V>
    : never;

type InnerOf<I> = I extends ElementMap<never, unknown> ? I : ElementMapOf<I>;

/** A spec after checking: the type in its short spelling, defaults filled in. */
export interface CheckedSpec {
  readonly type: MapTypeName;
  readonly key: Codec<unknown>;
  /** Undefined for an outer map. */
  readonly value: Codec<unknown> | undefined;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  /** Only of an outer map: checked spec or map. */
  readonly inner: CheckedSpec | BpfMap<unknown, unknown> | undefined;
}

const codec: Check<Codec<unknown>> = matching('a codec such as u32, bytes(n) or struct({ … })', isCodec);
const type: Check<string> = string(`one of ${Object.keys(MAP_TYPES).join(', ')}`);

const COMMON = {
  type,
  maxEntries: integer(0, 0xffffffff),
  flags: withDefault(integer(0, 0xffffffff), 0),
  name: withDefault(string(), ''),
  key: codec,
};

const ELEMENT = { ...COMMON, value: codec };

/** Check a spec as data. What only the kernel's rules know (sizes, flags, names) is left to MAP_CREATE. */
export function checkSpec(given: unknown, isMap: (value: unknown) => boolean, subject: string): CheckedSpec {
  const name = typeName(given, subject);
  const outer = name === 'array_of_maps' || name === 'hash_of_maps';
  if (!outer) return { ...complete(checkOptions(ELEMENT, given, subject), name, subject), inner: undefined };
  const template = matching('a map spec or a BpfMap', (value) => typeof value === 'object' && value !== null);
  const spec = checkOptions({ ...COMMON, inner: template }, given, subject);
  const inner = required('inner', spec.inner, template, subject);
  return {
    ...complete({ ...spec, value: undefined }, name, subject),
    inner: isMap(inner) ? (inner as BpfMap<unknown, unknown>) : checkSpec(inner, isMap, `${subject}: inner`),
  };
}

interface RawSpec {
  maxEntries: number | undefined;
  flags: number | undefined;
  name: string | undefined;
  key: Codec<unknown> | undefined;
  value: Codec<unknown> | undefined;
}

function complete(spec: RawSpec, name: MapTypeName, subject: string): Omit<CheckedSpec, 'inner'> {
  const indexed = name === 'array' || name === 'array_of_maps';
  const key = spec.key ?? (indexed ? (u32 as Codec<unknown>) : undefined);
  const element = name === 'hash' || name === 'array';
  return {
    type: name,
    key: required('key', key, codec, subject),
    value: element ? required('value', spec.value, codec, subject) : undefined,
    maxEntries: required('maxEntries', spec.maxEntries, COMMON.maxEntries, subject),
    flags: spec.flags ?? 0,
    name: spec.name ?? '',
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

function typeName(given: unknown, subject: string): MapTypeName {
  const { type: spelling } = checkOptions({ type }, pick(given), subject);
  const plain = spelling?.toLowerCase().replace(/^bpf_map_type_/, '');
  if (plain !== undefined && Object.hasOwn(MAP_TYPES, plain)) return plain as MapTypeName;
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
