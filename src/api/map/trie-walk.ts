/**
 * Walking a trie that others write meanwhile. `elementNextKey` goes on behind a key, but starts again from the
 * first one when that key is gone (SPEC 4.2). The order of a trie is total (SPEC 9.3): each prefix as its bit
 * string followed by a symbol greater than 1, sorted. So after a restart the walk skips what is not behind the
 * last key it gave: nothing comes twice, and what is there throughout is not passed over.
 */
import { Errno } from '../../shared/errno.js';
import type { ElementMapObject } from './element-map.js';

const LENGTH_BYTES = 4;
/** Keys read at once: between two batches others may run, and delete the key the walk stands at. */
const BATCH = 256;

/** An entry of a trie: its key as bytes, and its value. */
interface TrieEntry<V> {
  readonly key: Uint8Array;
  readonly value: V;
}

/** The entries of a trie, in its order. */
export function* trieEntries<K, V>(map: ElementMapObject<K, V>): IterableIterator<TrieEntry<V>> {
  let last: Uint8Array | undefined;
  for (;;) {
    const batch = readBatch(map, map.readable('entries'), last);
    yield* batch;
    if (batch.length < BATCH) return;
    last = batch.at(-1)?.key;
  }
}

function readBatch<K, V>(map: ElementMapObject<K, V>, address: number, after: Uint8Array | undefined): TrieEntry<V>[] {
  const entries: TrieEntry<V>[] = [];
  let last = after;
  let cursor = after;
  while (entries.length < BATCH) {
    cursor = keyAfter(map, address, cursor);
    if (cursor === undefined) break;
    if (last !== undefined && comparePrefixes(cursor, last) <= 0) continue;
    last = cursor;
    const { memory, valueOffset } = map.workspace;
    entries.push({ key: cursor, value: map.valueCodec.decode(memory, valueOffset) });
  }
  return entries;
}

/** The key behind `key`; its value is left in the workspace. */
function keyAfter<K, V>(
  map: ElementMapObject<K, V>,
  address: number,
  key: Uint8Array | undefined,
): Uint8Array | undefined {
  const { workspace, keySize, core } = map;
  const { memory, keyOffset, nextOffset, nextAddress, valueAddress } = workspace;
  if (key !== undefined) memory.u8.set(key, keyOffset);
  const from = key === undefined ? 0 : workspace.keyAddress;
  const result = map.guarded('entries', () => core.trieNextEntry(address, from, nextAddress, valueAddress));
  if (result === -Errno.ENOENT) return undefined;
  if (result !== 0) throw map.failure('entries', result);
  return memory.u8.slice(nextOffset, nextOffset + keySize);
}

/** Negative: `a` comes first. */
export function comparePrefixes(a: Uint8Array, b: Uint8Array): number {
  const lengthA = prefixLength(a);
  const lengthB = prefixLength(b);
  const common = Math.min(lengthA, lengthB);
  for (let bit = 0; bit < common; bit += 8) {
    const at = LENGTH_BYTES + (bit >>> 3);
    const mask = common - bit >= 8 ? 0xff : 0xff & ~(0xff >>> (common - bit));
    const difference = ((a[at] ?? 0) & mask) - ((b[at] ?? 0) & mask);
    if (difference !== 0) return difference;
  }
  return lengthB - lengthA;
}

function prefixLength(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}
