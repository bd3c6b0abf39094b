/**
 * Where everything lies. Field-ownership: "main" = the thread in slot 0; "owner" = the thread that holds the slot.
 *
 *   0            64 KiB that stay unused, so that a null dereference hits nothing
 *   SUPER        superblock, heap list heads, CPU table
 *   SLOTS        reader slots, 512 bytes each
 *   (super.ids)  id table: heads of chains through the map headers
 *   (super.chunkTable, super.dirtyTable)  a word and a byte for each 64 KiB chunk
 *   heap         from the next chunk boundary on
 */

export const MAGIC: u32 = 0x70616d69;
export const LAYOUT_VERSION: u32 = 3;
export const CHUNK_SHIFT: u32 = 16;
export const CHUNK_BYTES: usize = 65536;

export const SUPER: usize = 65536;
// immutable after arenaInit
export const SUPER_MAGIC: usize = 0;
export const SUPER_VERSION: usize = 4;
export const SUPER_PAGES: usize = 8;
export const SUPER_SLOTS: usize = 12;
export const SUPER_CPUS: usize = 16;
export const SUPER_IDS: usize = 20;
export const SUPER_ID_MASK: usize = 24;
export const SUPER_CHUNK_TABLE: usize = 28;
export const SUPER_DIRTY_TABLE: usize = 32;
export const SUPER_FIRST_CHUNK: usize = 36;
/** First chunk number that is not in the arena. */
export const SUPER_END_CHUNK: usize = 40;
// each on a line of its own
/** G, u64: the global epoch. Any thread, compare-exchange. */
export const SUPER_EPOCH: usize = 128;
/** W, u64: the awaited stamp, 0 = none. Writer: main. */
export const SUPER_AWAITED: usize = 256;
/** E, i32: counted up by leaving readers while something is awaited. */
export const SUPER_EVENT: usize = 384;
/** Chunk where the next search begins: a hint, any thread. */
export const SUPER_CHUNK_HINT: usize = 512;
// main only, from here on; u32 unless said
export const SUPER_RETIRED_HEAD: usize = 640;
export const SUPER_RETIRED_TAIL: usize = 644;
export const SUPER_RETIRED_COUNT: usize = 648;
export const SUPER_FREED_COUNT: usize = 652;
/** f64 bytes. Read by any thread that wants memory. */
export const SUPER_RETIRED_BYTES: usize = 656;
export const SUPER_MAX_RETIRED: usize = 664;
export const SUPER_POISON: usize = 672;
/** Counts rebuilds of element pools; gives the marks. Any thread, atomic add. */
export const SUPER_MARK: usize = 676;
/** Bytes of small blocks in use. */
export const SUPER_SMALL_USED: usize = 680;
/** Small-block chunks that are wholly free and kept. */
export const SUPER_SPARE_CHUNK: usize = 684;
/** Heap list heads: 48 words. */
export const SUPER_HEAP_LISTS: usize = 1024;
/** CPU table: slot + 1 of the holder, one word a CPU. */
export const SUPER_CPU_TABLE: usize = 4096;
export const MAX_CPUS: u32 = 1024;

export const SLOTS: usize = SUPER + 8192;
export const SLOT_BYTES: usize = 512;
export const MAX_SLOTS: u32 = 1024;
/** S, u64: 0 outside, else the epoch at entry. Writer: owner; recovery once the owner is dead. */
export const SLOT_EPOCH: usize = 0;
/** incarnation << 2 | kind; the incarnation is odd while the slot is claimed. Compare-exchange. */
export const SLOT_STATE: usize = 128;
/** CPU number + 1. Writer: owner, recovery. */
export const SLOT_CPU: usize = 132;
export const SLOT_PROGRAM: usize = 136;
/** Two chunks, kept from the slot's first claim on: scratch, then run area. */
export const SLOT_AREA: usize = 140;
/** 1 while recovery of a dead owner, or of a live one after a trap, is under way. Writer: the recovering thread. */
export const SLOT_DEAD: usize = 144;
// the operation record; writer: owner, recovery. See operations.ts
export const SLOT_OP_MAP: usize = 256;
export const SLOT_OP_LOCK: usize = 260;
export const SLOT_OP_HOLD: usize = 264;
export const SLOT_OP_VALUE_LOCK: usize = 268;
export const SLOT_OP_KIND: usize = 272;
export const SLOT_OP_ARGUMENT: usize = 276;
export const SLOT_OP_COUNT: usize = 280;
/** Ring-buffer records that the thread has reserved, and rings that it drains (ringbuf.ts). Writer: owner, recovery. */
export const SLOT_RINGS: usize = 284;
/** STEPS builds: a parked thread waits here for a word that is not 0. */
export const SLOT_PARK: usize = 384;

/** Always 0: nobody wakes who waits here. */
export const SLOT_PAUSE: usize = 448;

export const AREA_BYTES: usize = 65536;

// Map header, 256 bytes; MAP_HEADER of core-exports.ts mirrors the first fields. Immutable after creation unless said.
export const MAP_TYPE: usize = 0;
export const MAP_KEY_SIZE: usize = 4;
export const MAP_VALUE_SIZE: usize = 8;
export const MAP_MAX_ENTRIES: usize = 12;
export const MAP_FLAGS: usize = 16;
/** 0 once retired. Writer: main. */
export const MAP_ID: usize = 20;
export const MAP_STRIDE: usize = 24;
export const MAP_BUCKET_MASK: usize = 28;
export const MAP_SEED: usize = 32;
/** map_extra. */
export const MAP_EXTRA: usize = 36;
/** Offsets in the value of the special fields, -1 = none. */
export const MAP_SPIN_LOCK: usize = 40;
export const MAP_TIMER: usize = 44;
export const MAP_WORK_QUEUE: usize = 48;
/** Bytes of the fixed part, header included. */
export const MAP_BYTES: usize = 52;
/** Slot + 1 of the thread that holds off this map's writers, 0 = nobody. Compare-exchange. */
export const MAP_HOLD: usize = 56;
/** Hash family: offset of the value in an element. */
export const MAP_VALUE_OFFSET: usize = 60;
/** Chain of the id table. Writer: main. */
export const MAP_ID_NEXT: usize = 64;
/** List of retired maps. Writer: main. */
export const MAP_RETIRED_NEXT: usize = 68;
/** u64. Writer: main. */
export const MAP_STAMP: usize = 72;
// element pools (pool.ts)
export const MAP_ELEMENT_SIZE: usize = 80;
/** Address of the fixed elements, and how many there are. */
export const MAP_ELEMENTS: usize = 84;
export const MAP_FIXED_COUNT: usize = 88;
/** Elements in one run of chunks, and chunks in one run. */
export const MAP_RUN_ELEMENTS: usize = 92;
export const MAP_RUN_CHUNKS: usize = 96;
/** Most elements that all runs may have together. */
export const MAP_GROWTH_LIMIT: usize = 100;
/** Head of the list of runs. Any thread, compare-exchange. */
export const MAP_RUNS: usize = 104;
/** Elements in the runs. Any thread, atomic; grown before the run is taken. */
export const MAP_GROWN: usize = 108;
/** Bytes of value storage in an element. */
export const MAP_VALUE_BYTES: usize = 112;
/** What the map counts for in the sum of retired bytes. Writer: main. */
export const MAP_RETIRED_BYTES: usize = 116;
// changed by writers: a line of its own each
/** Live elements. */
export const MAP_COUNT: usize = 128;
/** Fixed elements that were ever taken. */
export const MAP_VIRGIN: usize = 132;
/** u64: tag << 32 | first free element. */
export const MAP_POOL: usize = 136;
/** Limbo: arrivals; the batch that waits, its stamp (u64), and the lock of both. */
export const MAP_ARRIVALS: usize = 192;
export const MAP_WAITING: usize = 196;
export const MAP_WAITING_STAMP: usize = 200;
export const MAP_REAP_LOCK: usize = 208;
/** A map-wide lock for types that need one. */
export const MAP_LOCK: usize = 212;
/** Six words for the map's type. */
export const MAP_TYPE_WORDS: usize = 216;
export const MAP_DATA: usize = 256;

// Map types (uapi)
export const HASH: u32 = 1;
export const ARRAY: u32 = 2;
export const PROG_ARRAY: u32 = 3;
export const PERF_EVENT_ARRAY: u32 = 4;
export const PERCPU_HASH: u32 = 5;
export const PERCPU_ARRAY: u32 = 6;
export const LRU_HASH: u32 = 9;
export const LRU_PERCPU_HASH: u32 = 10;
export const LPM_TRIE: u32 = 11;
export const ARRAY_OF_MAPS: u32 = 12;
export const HASH_OF_MAPS: u32 = 13;
export const QUEUE: u32 = 22;
export const STACK: u32 = 23;
export const RINGBUF: u32 = 27;
export const BLOOM_FILTER: u32 = 30;
export const USER_RINGBUF: u32 = 31;

/** Types that are created and compared here, but whose elements are objects of a kernel: they hold none. */
export function isKernelBound(type: u32): bool {
  return type == 7 || type == 8 || (type >= 14 && type <= 21) || (type >= 24 && type <= 26) || type == 28 || type == 29 || type == 32 || type == 33;
}

// Flags (uapi)
export const NO_PREALLOC: u32 = 1;
export const NO_COMMON_LRU: u32 = 2;
export const ZERO_SEED: u32 = 64;
export const ANY: u32 = 0;
export const NOEXIST: u32 = 1;
export const EXIST: u32 = 2;
export const F_LOCK: u32 = 4;

export function superWord(field: usize): u32 {
  return load<u32>(SUPER + field);
}

export function roundUp(bytes: u64, unit: u64): u64 {
  return ((bytes + unit - 1) / unit) * unit;
}
