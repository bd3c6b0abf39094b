/** What readers do with a map, by its kernel type. */
import { MapType } from '../../shared/uapi.js';

export type ReaderKind = 'elements' | 'per-cpu' | 'queue' | 'bloom' | 'ring' | 'user-ring' | 'outer';

const KINDS: ReadonlyMap<number, ReaderKind> = new Map<number, ReaderKind>([
  [MapType.HASH, 'elements'],
  [MapType.ARRAY, 'elements'],
  [MapType.LRU_HASH, 'elements'],
  [MapType.LPM_TRIE, 'elements'],
  [MapType.PERCPU_HASH, 'per-cpu'],
  [MapType.PERCPU_ARRAY, 'per-cpu'],
  [MapType.LRU_PERCPU_HASH, 'per-cpu'],
  [MapType.QUEUE, 'queue'],
  [MapType.STACK, 'queue'],
  [MapType.BLOOM_FILTER, 'bloom'],
  [MapType.RINGBUF, 'ring'],
  [MapType.USER_RINGBUF, 'user-ring'],
  [MapType.ARRAY_OF_MAPS, 'outer'],
  [MapType.HASH_OF_MAPS, 'outer'],
]);

/** Undefined: there is nothing for a reader in such a map. */
export function readerKind(type: number): ReaderKind | undefined {
  return KINDS.get(type);
}

export function isPerCpuType(type: number): boolean {
  return KINDS.get(type) === 'per-cpu';
}
