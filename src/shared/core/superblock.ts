/** Laying out a fresh arena, and recognising one. */
import { RESERVED } from './chunks';
import { EINVAL, EPROTO } from './errno';
import {
  CHUNK_BYTES, LAYOUT_VERSION, MAGIC, MAX_CPUS, MAX_SLOTS, roundUp, SLOT_BYTES, SLOTS, SUPER, SUPER_CHUNK_TABLE, SUPER_CPUS,
  SUPER_DIRTY_TABLE, SUPER_END_CHUNK, SUPER_EPOCH, SUPER_FIRST_CHUNK, SUPER_ID_MASK, SUPER_IDS, SUPER_MAGIC,
  SUPER_MAX_RETIRED, SUPER_PAGES, SUPER_SLOTS, SUPER_VERSION,
} from './layout';

/** Superblock, main's scratch and run area, and room for a few maps. */
export const MIN_PAGES: u32 = 16;
const MAX_PAGES: u32 = 65536;
/** Chains of the id table. */
const MAX_IDS: u32 = 65536;

/**
 * Lay out a fresh arena of `pages` times 64 KiB. 0, or -EINVAL when a number is out of range (16 to 65,536 pages,
 * 1 to 1,024 slots and CPUs) or the tables would leave no room.
 */
export function arenaInit(pages: u32, slots: u32, cpus: u32): i32 {
  if (pages < MIN_PAGES || pages > MAX_PAGES || slots < 1 || slots > MAX_SLOTS || cpus < 1 || cpus > MAX_CPUS) return -EINVAL;
  // The last page of a full 4 GiB stays out, so that no address behind a block wraps around to 0.
  const end = pages == MAX_PAGES ? pages - 1 : pages;
  let ids: u32 = 256;
  while (ids < pages * 4 && ids < MAX_IDS) ids <<= 1;
  const idTable = SLOTS + slots * SLOT_BYTES;
  const chunkTable = idTable + ids * 4;
  const dirtyTable = chunkTable + end * 4;
  const first = <u32>(roundUp(<u64>dirtyTable + end, CHUNK_BYTES) / CHUNK_BYTES);
  if (first + 4 > end) return -EINVAL;
  store<u32>(SUPER + SUPER_VERSION, LAYOUT_VERSION);
  store<u32>(SUPER + SUPER_PAGES, pages);
  store<u32>(SUPER + SUPER_SLOTS, slots);
  store<u32>(SUPER + SUPER_CPUS, cpus);
  store<u32>(SUPER + SUPER_IDS, idTable);
  store<u32>(SUPER + SUPER_ID_MASK, ids - 1);
  store<u32>(SUPER + SUPER_CHUNK_TABLE, chunkTable);
  store<u32>(SUPER + SUPER_DIRTY_TABLE, dirtyTable);
  store<u32>(SUPER + SUPER_FIRST_CHUNK, first);
  store<u32>(SUPER + SUPER_END_CHUNK, end);
  store<f64>(SUPER + SUPER_MAX_RETIRED, <f64>pages * <f64>CHUNK_BYTES / 4);
  for (let chunk: u32 = 0; chunk < first; chunk++) store<u32>(chunkTable + chunk * 4, RESERVED);
  atomic.store<u64>(SUPER + SUPER_EPOCH, 1);
  atomic.store<u32>(SUPER + SUPER_MAGIC, MAGIC);
  return 0;
}

/** 0 if the memory holds an arena of this layout, else -EPROTO. */
export function arenaCheck(): i32 {
  const fits = atomic.load<u32>(SUPER + SUPER_MAGIC) == MAGIC && load<u32>(SUPER + SUPER_VERSION) == LAYOUT_VERSION;
  return fits ? 0 : -EPROTO;
}

export function possibleCpus(): u32 {
  return load<u32>(SUPER + SUPER_CPUS);
}
