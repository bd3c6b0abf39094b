/** Maps before and after a run: filling them from JSON, and showing what is in them. */
import { type BpfMap, type Codec, type MapSpec, Program, type Runtime } from '../../index.js';
import { meant, oneOf } from '../command.js';
import { UsageError } from '../output/errors.js';
import { tableLines } from '../output/table.js';
import { shapedLike, valueText } from '../values.js';
import type { NamedMaps } from './assembly.js';

/** What is shown of one map. */
export interface MapReport extends Contents {
  readonly name: string;
}

/** Of a map of maps, the values are such contents again. */
interface Contents {
  readonly type: string;
  readonly maxEntries: number;
  /** Null for types that cannot be walked. */
  readonly entries: readonly (readonly [key: unknown, value: unknown])[] | null;
  /** Entries that were left out. */
  readonly more: number;
}

const MOST_ENTRIES = 16;

interface Walkable {
  entries(): Iterable<[unknown, unknown]>;
  set(key: unknown, value: unknown): unknown;
}

/** What `--map` gives: a map's name, a file, and the JSON in it. */
export interface GivenMap {
  readonly name: string;
  readonly file: string;
  readonly json: unknown;
}

export interface FillOptions {
  /** Of an outer map. */
  readonly inner: InnerLimits | undefined;
  /** What may stand in a program array. */
  readonly programs: Readonly<Record<string, Program>>;
}

function walkable(map: unknown): Walkable | null {
  const candidate = map as Partial<Walkable>;
  return typeof candidate.entries === 'function' && typeof candidate.set === 'function'
    ? (candidate as Walkable)
    : null;
}

/** What an inner map that is yet to be made needs beside its types. */
export interface InnerLimits {
  readonly maxEntries: number;
  readonly flags: number;
}

/**
 * Fill a map from a JSON file: `[[key, value], …]`, or `{ "key": value }` for keys that are numbers or text. A value of
 * an outer map is what its inner map holds, in the same form; inner maps that are missing are made. A value of a program
 * array is a program's name.
 */
export function fillMap(
  runtime: Runtime,
  maps: NamedMaps,
  { name, file, json }: GivenMap,
  { inner, programs }: FillOptions,
): void {
  const map = maps[name];
  if (!map) throw new UsageError(`--map: there is no map ${name}: ${meant(name, Object.keys(maps))}`);
  if (!walkable(map)) throw new UsageError(`--map: ${name} is a ${map.type}, which cannot be filled from JSON`);
  if (isOuter(map)) fillOuter(runtime, map, json, file, inner);
  else if (map.type === 'prog_array') fillPrograms(map, programs, json, file);
  else fillPlain(map, json, file);
}

function fillPlain(map: BpfMap, json: unknown, file: string): void {
  const target = walkable(map);
  const { keyCodec, valueCodec } = map as Partial<Record<'keyCodec' | 'valueCodec', Decoder>>;
  if (!target || !keyCodec || !valueCodec) throw new UsageError(`${file}: a ${map.type} cannot be filled from JSON`);
  const [key, value] = [zeroOf(keyCodec), zeroOf(valueCodec)];
  for (const [index, [jsonKey, jsonValue]] of entriesOf(json, file).entries()) {
    const place = `${file}: entry ${index}`;
    target.set(shapedLike(key, jsonKey, `${place}: key`), shapedLike(value, jsonValue, `${place}: value`));
  }
}

function fillOuter(runtime: Runtime, outer: Outer, json: unknown, file: string, limits: InnerLimits | undefined): void {
  const shape = zeroOf(outer.keyCodec);
  for (const [index, [jsonKey, contents]] of entriesOf(json, file).entries()) {
    const place = `${file}: entry ${index}`;
    const key = shapedLike(shape, jsonKey, `${place}: key`);
    const present = outer.get(key);
    if (present) fillPlain(present, contents, `${place}: inner map`);
    else if (!limits) throw new UsageError(`${place}: no inner map stands there, and nothing says how large one is`);
    else {
      const { type, key: innerKey, value } = outer.inner;
      const codecs = { ...(innerKey ? { key: innerKey } : {}), ...(value ? { value } : {}) };
      const { maxEntries, flags } = limits;
      const fresh = runtime.createMap({ type, ...codecs, maxEntries, flags } as MapSpec) as BpfMap;
      fillPlain(fresh, contents, `${place}: inner map`);
      outer.set(key, fresh);
      fresh.close();
    }
  }
}

function fillPrograms(map: BpfMap, programs: FillOptions['programs'], json: unknown, file: string): void {
  for (const [index, [key, value]] of entriesOf(json, file).entries()) {
    const place = `${file}: entry ${index}`;
    if (typeof value !== 'string') {
      throw new UsageError(`${place}: value: given ${JSON.stringify(value)}, expected the name of a program`);
    }
    const name = oneOf(`${place}: value`, value, Object.keys(programs));
    (map as unknown as Walkable).set(shapedLike(0, key, `${place}: key`), programs[name]);
  }
}

/** Programs that a file puts into a map by name; other text is none of `known`. */
export function programsNamed(json: unknown, file: string, known: readonly string[]): string[] {
  return entriesOf(json, file).flatMap(([, value]) => known.filter((name) => name === value));
}

type Decoder = Pick<Codec<unknown>, 'size' | 'decode'>;

interface Outer {
  readonly keyCodec: Decoder;
  readonly inner: { readonly type: string; readonly key?: Codec<unknown>; readonly value?: Codec<unknown> };
  get(key: unknown): BpfMap | undefined;
  set(key: unknown, map: BpfMap): unknown;
}

function isOuter(map: unknown): map is Outer {
  return /_of_maps$/.test((map as { readonly type: string }).type);
}

/** A zero key or value, for its shape. */
function zeroOf(codec: Decoder): unknown {
  const u8 = new Uint8Array(codec.size);
  return codec.decode({ u8, view: new DataView(u8.buffer) }, 0);
}

function entriesOf(json: unknown, file: string): [unknown, unknown][] {
  if (Array.isArray(json) && json.every((pair) => Array.isArray(pair) && pair.length === 2)) return json;
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return Object.entries(json);
  throw new UsageError(`${file}: given ${JSON.stringify(json)}, expected a list of [key, value], or an object`);
}

export function reportMaps(maps: NamedMaps): MapReport[] {
  return Object.entries(maps).map(([name, map]) => ({ name, ...contentsOf(map) }));
}

function contentsOf(map: BpfMap): Contents {
  const { type, maxEntries } = map;
  const target = walkable(map);
  if (!target) return { type, maxEntries, entries: null, more: 0 };
  const entries: [unknown, unknown][] = [];
  let more = 0;
  for (const [key, value] of target.entries()) {
    if (isZero(value)) continue;
    if (entries.length < MOST_ENTRIES) entries.push([key, isOuter(map) ? contentsOf(value as BpfMap) : shown(value)]);
    else more++;
  }
  return { type, maxEntries, entries, more };
}

function shown(value: unknown): unknown {
  return value instanceof Program ? value.name : value;
}

/** Elements of arrays that nobody wrote say nothing. */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.every((byte) => byte === 0);
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0;
  if (Array.isArray(value)) return value.every(isZero);
  if (typeof value !== 'object' || value === null || value instanceof Program || walkable(value)) return false;
  return Object.values(value).every(isZero);
}

export function mapLines(reports: readonly MapReport[]): string[] {
  return reports.flatMap(({ name, ...contents }) => ['', ...contentLines(`map ${name}`, contents)]);
}

function contentLines(title: string, { type, maxEntries, entries, more }: Contents): string[] {
  const head = `${title}: ${type}, at most ${maxEntries} ${type.includes('ringbuf') ? 'bytes' : 'entries'}`;
  if (entries === null || entries.length === 0) return [`${head}${entries === null ? '' : ': empty'}`];
  const rest = more > 0 ? [`  … and ${more} more`] : [];
  if (isOuter({ type })) {
    const inner = entries.flatMap(([key, value]) => contentLines(valueText(key), value as Contents));
    return [head, ...inner.map((line) => `  ${line}`), ...rest];
  }
  const rows = entries.map(([key, value]) => [`  ${valueText(key)}`, valueText(value)]);
  return [head, ...tableLines([{ title: '  key' }, { title: 'value' }], rows), ...rest];
}
