/** The maps that generated programs use, in the kernel and as the verifier sees them. */
import type { ProgramMap } from '#dist/shared/program/types.js';

export interface FuzzMap {
  readonly key: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly inner?: string;
}

/** Templates come before the maps that name them. */
export const FUZZ_MAPS: readonly FuzzMap[] = [
  { key: 'array', type: 2, keySize: 4, valueSize: 48, maxEntries: 4 },
  { key: 'hash', type: 1, keySize: 8, valueSize: 24, maxEntries: 8 },
  { key: 'small', type: 1, keySize: 4, valueSize: 8, maxEntries: 8 },
  { key: 'percpu', type: 6, keySize: 4, valueSize: 16, maxEntries: 4 },
  { key: 'lru', type: 9, keySize: 4, valueSize: 16, maxEntries: 8 },
  { key: 'one', type: 2, keySize: 4, valueSize: 64, maxEntries: 1 },
  { key: 'readonly', type: 2, keySize: 4, valueSize: 16, maxEntries: 2, flags: 128 },
  { key: 'writeonly', type: 2, keySize: 4, valueSize: 16, maxEntries: 2, flags: 256 },
  { key: 'queue', type: 22, keySize: 0, valueSize: 8, maxEntries: 4 },
  { key: 'ring', type: 27, keySize: 0, valueSize: 0, maxEntries: 4096 },
  { key: 'programs', type: 3, keySize: 4, valueSize: 4, maxEntries: 4 },
  { key: 'outer', type: 12, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'array' },
  { key: 'outerhash', type: 13, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'hash' },
];

export function programMap(map: FuzzMap, id: number, all: ReadonlyMap<string, ProgramMap>): ProgramMap {
  const inner = map.inner === undefined ? undefined : all.get(map.inner);
  return {
    id,
    name: map.key,
    address: null,
    type: map.type,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries: map.maxEntries,
    flags: map.flags ?? 0,
    frozen: false,
    spinLock: -1,
    timer: -1,
    workqueue: -1,
    ...(inner ? { inner: { ...inner, id: 0 } } : {}),
  };
}
