/** The maps that cases name, made alike in the kernel and here. */
import { FUZZ_MAPS, type FuzzMap } from '../fuzz/maps.js';
import { newDeclarations } from './declare.js';

export interface AreaMap extends FuzzMap {
  /** Type of the value, for maps with BTF. */
  readonly value?: string;
  /** Bytes written to element 0; the map is frozen then. */
  readonly contents?: Uint8Array;
  readonly frozen?: true;
  readonly extra?: number;
}

const RDONLY_PROG = 1 << 7;
const INNER = 1 << 12;

export const AREA_MAPS: readonly AreaMap[] = [
  ...FUZZ_MAPS,
  { key: 'cgstorage', type: 19, keySize: 8, valueSize: 64, maxEntries: 0 },
  { key: 'cgstorage2', type: 19, keySize: 8, valueSize: 64, maxEntries: 0 },
  { key: 'cgpercpu', type: 21, keySize: 8, valueSize: 64, maxEntries: 0 },
  { key: 'cgpercpu2', type: 21, keySize: 8, valueSize: 64, maxEntries: 0 },
  { key: 'percpuhash', type: 5, keySize: 4, valueSize: 16, maxEntries: 4 },
  { key: 'lrupercpu', type: 10, keySize: 4, valueSize: 16, maxEntries: 4 },
  { key: 'trie', type: 11, keySize: 8, valueSize: 16, maxEntries: 4, flags: 1 },
  { key: 'stack', type: 23, keySize: 0, valueSize: 8, maxEntries: 4 },
  { key: 'bloom', type: 30, keySize: 0, valueSize: 8, maxEntries: 4 },
  { key: 'userring', type: 31, keySize: 0, valueSize: 0, maxEntries: 4096 },
  { key: 'events', type: 4, keySize: 4, valueSize: 4, maxEntries: 4 },
  { key: 'big', type: 2, keySize: 4, valueSize: 4096, maxEntries: 1 },
  { key: 'locked', type: 2, keySize: 4, valueSize: 16, maxEntries: 4, value: 'struct locked' },
  { key: 'lockedhash', type: 1, keySize: 4, valueSize: 16, maxEntries: 4, value: 'struct locked' },
  { key: 'late', type: 2, keySize: 4, valueSize: 16, maxEntries: 1, value: 'struct late' },
  { key: 'timed', type: 2, keySize: 4, valueSize: 24, maxEntries: 4, value: 'struct timed' },
  { key: 'timedhash', type: 1, keySize: 4, valueSize: 24, maxEntries: 4, value: 'struct timed' },
  { key: 'timedlock', type: 2, keySize: 4, valueSize: 24, maxEntries: 4, value: 'struct timedlock' },
  { key: 'worked', type: 2, keySize: 4, valueSize: 24, maxEntries: 4, value: 'struct worked' },
  { key: 'outerlocked', type: 12, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'locked' },
  { key: 'outertimed', type: 12, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'timed' },
  { key: 'growing', type: 2, keySize: 4, valueSize: 8, maxEntries: 2, flags: INNER },
  { key: 'outergrowing', type: 12, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'growing' },
  { key: 'outerring', type: 12, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'ring' },
  { key: 'outersmall', type: 13, keySize: 4, valueSize: 4, maxEntries: 4, inner: 'small' },
  {
    key: 'rodata', type: 2, keySize: 4, valueSize: 32, maxEntries: 1, flags: RDONLY_PROG, frozen: true,
    contents: Uint8Array.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 2, 0x80, 0, 0, 0, 0, 0, 0x80,
      0x25, 0x64, 0x20, 0x25, 0x73, 0, 0x61, 0x62, 0x63, 0, 0, 0, 0x7a, 0x7a, 0x7a, 0x7a]),
  },
  { key: 'rofrozen', type: 2, keySize: 4, valueSize: 16, maxEntries: 2, flags: RDONLY_PROG, frozen: true },
  { key: 'rounfrozen', type: 2, keySize: 4, valueSize: 16, maxEntries: 1, flags: RDONLY_PROG },
  { key: 'frozen', type: 2, keySize: 4, valueSize: 16, maxEntries: 1, frozen: true },
  { key: 'rohash', type: 1, keySize: 4, valueSize: 16, maxEntries: 2, flags: RDONLY_PROG },
  { key: 'wohash', type: 1, keySize: 4, valueSize: 16, maxEntries: 2, flags: 1 << 8 },
]; // biome-ignore format: one map a line

/** Types of the maps' values, and the BTF that has them. */
export function mapTypes(): { btf: Uint8Array; key: number; values: ReadonlyMap<string, number> } {
  const declarations = newDeclarations();
  const values = new Map<string, number>();
  for (const { value } of AREA_MAPS) if (value !== undefined) values.set(value, declarations.type(value).id);
  const key = declarations.type('u32').id;
  return { btf: declarations.builder.build(), key, values };
}
