/** Maps before and after a run: filling them from JSON, and showing what is in them. */
import type { Codec } from '../../index.js';
import { readJson } from '../input.js';
import { UsageError } from '../output/errors.js';
import { tableLines } from '../output/table.js';
import { shapedLike, valueText } from '../values.js';
import type { NamedMaps } from './assembly.js';

/** What is shown of one map. */
export interface MapReport {
  readonly name: string;
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

function walkable(map: unknown): Walkable | null {
  const candidate = map as Partial<Walkable>;
  return typeof candidate.entries === 'function' && typeof candidate.set === 'function'
    ? (candidate as Walkable)
    : null;
}

/** Fill `map` from a JSON file: `[[key, value], …]`, or `{ "key": value }` for keys that are numbers or text. */
export async function fillMap(maps: NamedMaps, name: string, file: string): Promise<void> {
  const map = maps[name];
  const target = map && walkable(map);
  if (!map)
    throw new UsageError(`--map: there is no map ${name}: expected one of ${Object.keys(maps).join(', ') || 'none'}`);
  if (!target) throw new UsageError(`--map: ${name} is a ${map.type}, which cannot be filled from JSON`);
  const { key, value } = shapesOf(map);
  for (const [index, [jsonKey, jsonValue]] of entriesOf(await readJson(file), file).entries()) {
    const place = `${file}: entry ${index}`;
    target.set(shapedLike(key, jsonKey, `${place}: key`), shapedLike(value, jsonValue, `${place}: value`));
  }
}

type Decoder = Pick<Codec<unknown>, 'size' | 'decode'>;

/** Zero keys and values, for their shape. */
function shapesOf(map: unknown): { key: unknown; value: unknown } {
  const { keyCodec, valueCodec } = map as { readonly keyCodec: Decoder; readonly valueCodec: Decoder };
  const zero = (codec: Decoder) => {
    const u8 = new Uint8Array(codec.size);
    return codec.decode({ u8, view: new DataView(u8.buffer) }, 0);
  };
  return { key: zero(keyCodec), value: zero(valueCodec) };
}

function entriesOf(json: unknown, file: string): [unknown, unknown][] {
  if (Array.isArray(json) && json.every((pair) => Array.isArray(pair) && pair.length === 2)) return json;
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return Object.entries(json);
  throw new UsageError(`${file}: expected a list of [key, value], or an object`);
}

export function reportMaps(maps: NamedMaps): MapReport[] {
  return Object.entries(maps).map(([name, map]) => {
    const { type, maxEntries } = map;
    const target = walkable(map);
    if (!target) return { name, type, maxEntries, entries: null, more: 0 };
    const entries: [unknown, unknown][] = [];
    let more = 0;
    for (const [key, value] of target.entries()) {
      if (isZero(value)) continue;
      if (entries.length < MOST_ENTRIES) entries.push([key, nested(value)]);
      else more++;
    }
    return { name, type, maxEntries, entries, more };
  });
}

/** Elements of arrays that nobody wrote say nothing. */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.every((byte) => byte === 0);
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0;
  if (Array.isArray(value)) return value.every(isZero);
  if (typeof value !== 'object' || value === null || walkable(value)) return false;
  return Object.values(value).every(isZero);
}

/** An inner map is shown by its name and id. */
function nested(value: unknown): unknown {
  if (!walkable(value)) return value;
  const { type, id } = value as { type: string; id: number };
  return `${type} (id ${id})`;
}

export function mapLines(reports: readonly MapReport[]): string[] {
  return reports.flatMap(({ name, type, maxEntries, entries, more }) => {
    const head = `map ${name}: ${type}, ${maxEntries} entries at most`;
    if (entries === null || entries.length === 0) return ['', `${head}${entries === null ? '' : ': empty'}`];
    const rows = entries.map(([key, value]) => [`  ${valueText(key)}`, valueText(value)]);
    const rest = more > 0 ? [`  … and ${more} more`] : [];
    return ['', head, ...tableLines([{ title: '  key' }, { title: 'value' }], rows), ...rest];
  });
}
