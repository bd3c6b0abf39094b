/**
 * Walking a trie that others write meanwhile. `elementNextKey` goes on behind a key, but starts again from the
 * first one when that key is gone (SPEC 4.2). The order of a trie is total (SPEC 9.3): each prefix as its bit
 * string followed by a symbol greater than 1, sorted. So after a restart the walk skips what is not behind the
 * last key it gave: nothing comes twice, and what is there throughout is not passed over.
 */
import { Errno } from '../../shared/errno.js';
import type { MapObjectBase } from './base.js';

const LENGTH_BYTES = 4;
/** Keys read at once: between two batches others may run, and delete the key the walk stands at. */
const BATCH = 256;

/** The keys of a trie, in its order, as bytes. */
export function* trieKeys(map: MapObjectBase, start: number): IterableIterator<Uint8Array> {
  let address = start;
  let last: Uint8Array | undefined;
  for (;;) {
    const batch = readBatch(map, address, last);
    yield* batch;
    if (batch.length < BATCH) return;
    last = batch.at(-1);
    address = map.readable('entries');
  }
}

function readBatch(map: MapObjectBase, address: number, after: Uint8Array | undefined): Uint8Array[] {
  const keys: Uint8Array[] = [];
  let last = after;
  let cursor = after;
  while (keys.length < BATCH) {
    const next = keyAfter(map, address, cursor);
    if (next === undefined) return keys;
    cursor = next;
    if (last !== undefined && comparePrefixes(next, last) <= 0) continue;
    last = next;
    keys.push(next);
  }
  return keys;
}

function keyAfter(map: MapObjectBase, address: number, key: Uint8Array | undefined): Uint8Array | undefined {
  const { workspace, keySize, core } = map;
  if (key !== undefined) workspace.memory.u8.set(key, workspace.keyOffset);
  const from = key === undefined ? 0 : workspace.keyAddress;
  const result = map.guarded('entries', () => core.elementNextKey(address, from, workspace.nextAddress));
  if (result === -Errno.ENOENT) return undefined;
  if (result !== 0) throw map.failure('entries', result);
  return workspace.memory.u8.slice(workspace.nextOffset, workspace.nextOffset + keySize);
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
