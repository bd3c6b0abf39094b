/** What is in the maps of a file, as text and JSON with hexadecimal bytes, and how it comes in. */
import type { Runtime } from '../../index.js';
import { hexBytes } from '../input.js';
import { UsageError } from '../output/errors.js';
import { found, mapOfId, type SavedMap } from './store.js';

/** A key and what it leads to: bytes, bytes for each CPU, or an inner map. */
export type Entry = readonly [key: Uint8Array, value: Value];
export type Value = Uint8Array | readonly Uint8Array[] | SavedMap;

const PER_CPU = /percpu/;
const OUTER = /_of_maps$/;
const QUEUE = /^(queue|stack)$/;
const WALKED = /^(lru_)?(percpu_)?hash$|^(percpu_)?array$|^lpm_trie$|_of_maps$/;

export const holdsMaps = ({ type }: SavedMap) => OUTER.test(type);
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
export const isMap = (value: Value): value is SavedMap => !Array.isArray(value) && !(value instanceof Uint8Array);

/** Kernel's stride of a value of one CPU. */
const stride = ({ valueSize }: SavedMap) => Math.ceil(valueSize / 8) * 8;

/** What a key leads to; undefined when it is not there. A queue's first element for an empty key. */
export function valueAt(runtime: Runtime, map: SavedMap, key: Uint8Array): Value | undefined {
  const value = new Uint8Array(valueBytes(runtime, map));
  const attributes = { map_fd: map.fd, key: map.keySize === 0 ? null : key, value, flags: 0 };
  if (!found(() => runtime.bpf('MAP_LOOKUP_ELEM', attributes))) return undefined;
  if (holdsMaps(map)) {
    return mapOfId(runtime, new DataView(value.buffer).getUint32(0, true));
  }
  if (!PER_CPU.test(map.type)) return value;
  return Array.from({ length: runtime.options.possibleCpus }, (_, cpu) =>
    value.slice(cpu * stride(map), cpu * stride(map) + map.valueSize),
  );
}

/** Bytes of a value as a system call passes it. */
function valueBytes(runtime: Runtime, map: SavedMap): number {
  return PER_CPU.test(map.type) ? stride(map) * runtime.options.possibleCpus : map.valueSize;
}

/** Everything that is in a map; null for types that cannot be listed. A queue is empty afterwards. */
export function entriesOf(runtime: Runtime, map: SavedMap): Entry[] | null {
  if (QUEUE.test(map.type)) return drained(runtime, map);
  if (!WALKED.test(map.type)) return null;
  const entries: Entry[] = [];
  for (let key = keyAfter(runtime, map, null); key !== null; key = keyAfter(runtime, map, key)) {
    const value = valueAt(runtime, map, key);
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}

function keyAfter(runtime: Runtime, map: SavedMap, key: Uint8Array | null): Uint8Array | null {
  const next = new Uint8Array(map.keySize);
  return found(() => runtime.bpf('MAP_GET_NEXT_KEY', { map_fd: map.fd, key, next_key: next })) ? next : null;
}

/** There is no way to look behind the first element but to take it out. */
function drained(runtime: Runtime, map: SavedMap): Entry[] {
  const entries: Entry[] = [];
  for (;;) {
    const value = new Uint8Array(map.valueSize);
    const attributes = { map_fd: map.fd, key: null, value, flags: 0 };
    if (!found(() => runtime.bpf('MAP_LOOKUP_AND_DELETE_ELEM', attributes))) return entries;
    entries.push([new Uint8Array(0), value]);
  }
}

/** Put a value where the key says: at the end of a queue, into a Bloom filter. */
export function put(runtime: Runtime, map: SavedMap, key: Uint8Array, value: Value): void {
  const bytes = isMap(value) ? new Uint8Array(Uint32Array.of(value.fd).buffer) : joined(map, value);
  runtime.bpf('MAP_UPDATE_ELEM', { map_fd: map.fd, key: map.keySize === 0 ? null : key, value: bytes, flags: 0 });
}

function joined(map: SavedMap, value: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const bytes = new Uint8Array(stride(map) * value.length);
  for (const [cpu, each] of value.entries()) bytes.set(each, cpu * stride(map));
  return bytes;
}

/** A key as a user writes it. Throws UsageError. */
export function keyOf(map: SavedMap, text: unknown, place: string): Uint8Array {
  return sized(text, map.keySize, place);
}

/** A value as a user writes it: bytes; for per-CPU types a list of them, or of all CPUs in a row. Throws UsageError. */
export function givenValue(runtime: Runtime, map: SavedMap, text: unknown, place: string): Value {
  if (!PER_CPU.test(map.type)) return sized(text, map.valueSize, place);
  if (typeof text === 'string' && !text.startsWith('[')) return sized(text, valueBytes(runtime, map), place);
  const list: unknown = typeof text === 'string' ? jsonOf(text, place) : text;
  const cpus = runtime.options.possibleCpus;
  if (!Array.isArray(list) || list.length !== cpus)
    throw new UsageError(`${place}: given ${shown(text)}, expected a list with a value for each of ${cpus} CPUs`);
  return list.map((each, cpu) => sized(each, map.valueSize, `${place}: CPU ${cpu}`));
}

function sized(text: unknown, size: number, place: string): Uint8Array {
  if (typeof text !== 'string')
    throw new UsageError(`${place}: given ${shown(text)}, expected ${size} bytes as hexadecimal text`);
  const bytes = hexBytes(place, text);
  if (bytes.length === size) return bytes;
  throw new UsageError(`${place}: given ${bytes.length} bytes (${shown(text)}), expected ${size}`);
}

export function jsonOf(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${place}: no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Contents as a user writes them: `[[key, value], …]`, `{ "key": value }`, or a map as `dump --json` prints it.
 * Throws UsageError.
 */
export function pairsOf(json: unknown, place: string): [key: string, value: unknown][] {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  const entries = isObject && 'entries' in json ? json.entries : json;
  if (Array.isArray(entries) && entries.every(isPair)) return entries;
  if (typeof entries === 'object' && entries !== null && !Array.isArray(entries)) return Object.entries(entries);
  throw new UsageError(`${place}: given ${shown(json)}, expected a list of [key, value], or an object`);
}

function isPair(pair: unknown): pair is [string, unknown] {
  return Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string';
}

const MOST_SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
