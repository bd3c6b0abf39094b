/**
 * Memory is handed out in chunks of 64 KiB. A word for each chunk says who owns it, so that taking one is a single
 * compare-exchange and a death leaves nothing to guess:
 *
 *   0            free
 *   RESERVED     never handed out (superblock, tables)
 *   SLOT | n     scratch and run area of slot n
 *   HEAP_SMALL   holds small blocks (heap.ts; main)
 *   HEAP_BLOCK   first chunk of a large block, whose header tells its length (heap.ts; main)
 *   HEAP_RUN     a further chunk of a large block; or a chunk of one that is being taken or freed
 *   map          first chunk of a run of element chunks of the map at this address (pool.ts; any thread)
 *   map | RUN    a further chunk of a run; or a chunk of one that is being taken
 *
 * Map addresses are multiples of 64, so the low bits are free for tags. A byte for each chunk says whether it was
 * ever used: fresh chunks are zero already and stay untouched. The byte is set before the chunk is written, and a
 * thread that dies between taking the chunk and setting the byte has not written it.
 */
import {
  CHUNK_BYTES, CHUNK_SHIFT, SUPER, SUPER_CHUNK_HINT, SUPER_CHUNK_TABLE, SUPER_DIRTY_TABLE, SUPER_END_CHUNK,
  SUPER_FIRST_CHUNK, superWord,
} from './layout';
import { step } from './step';

export const RESERVED: u32 = 1;
export const HEAP_SMALL: u32 = 2;
export const HEAP_BLOCK: u32 = 3;
export const HEAP_RUN: u32 = 4;
/** Tag of a further chunk of a map's run. */
export const RUN: u32 = 8;
/** SLOT_TAG | slot << 8. Its low byte sets it apart from the addresses of maps. */
export const SLOT_TAG: u32 = 16;

export function chunkWord(chunk: u32): usize {
  return superWord(SUPER_CHUNK_TABLE) + ((<usize>chunk) << 2);
}

export function chunkOwner(chunk: u32): u32 {
  return atomic.load<u32>(chunkWord(chunk));
}

export function setChunkOwner(chunk: u32, owner: u32): void {
  step();
  atomic.store<u32>(chunkWord(chunk), owner);
}

export function chunkAddress(chunk: u32): usize {
  return (<usize>chunk) << CHUNK_SHIFT;
}

export function chunkOf(address: usize): u32 {
  return <u32>(address >> CHUNK_SHIFT);
}

/** Take `count` chunks in a row, all of them then owned by `owner`. Number of the first, or 0. Their memory is as it was left. */
export function takeChunks(count: u32, owner: u32): u32 {
  const first = superWord(SUPER_FIRST_CHUNK);
  const hint = atomic.load<u32>(SUPER + SUPER_CHUNK_HINT);
  const end = superWord(SUPER_END_CHUNK);
  const start = hint < first || hint >= end ? first : hint;
  let found = takeBetween(start, end, count, owner);
  if (found == 0) found = takeBetween(first, min(end, start + count), count, owner);
  if (found != 0) atomic.store<u32>(SUPER + SUPER_CHUNK_HINT, found + count);
  return found;
}

function takeBetween(from: u32, to: u32, count: u32, owner: u32): u32 {
  let run: u32 = 0;
  for (let chunk = from; chunk < to; chunk++) {
    run = chunkOwner(chunk) == 0 ? run + 1 : 0;
    if (run < count) continue;
    const first = chunk + 1 - count;
    if (claimRun(first, count, owner)) return first;
    run = 0;
    chunk = first; // another thread took one of them: look again behind the first
  }
  return 0;
}

function claimRun(first: u32, count: u32, owner: u32): bool {
  for (let index: u32 = 0; index < count; index++) {
    step();
    if (atomic.cmpxchg<u32>(chunkWord(first + index), 0, owner) == 0) continue;
    while (index-- > 0) setChunkOwner(first + index, 0);
    return false;
  }
  return true;
}

/** Give chunks back. The first one's word is cleared last: until then the run can be recognised. */
export function freeChunks(first: u32, count: u32): void {
  for (let chunk = first + count - 1; chunk >= first; chunk--) setChunkOwner(chunk, 0);
  if (first < atomic.load<u32>(SUPER + SUPER_CHUNK_HINT)) atomic.store<u32>(SUPER + SUPER_CHUNK_HINT, first);
}

/** Zero what was used before; fresh chunks stay untouched. */
export function zeroChunks(first: u32, count: u32): void {
  const dirty = superWord(SUPER_DIRTY_TABLE);
  for (let chunk = first; chunk < first + count; chunk++) {
    if (load<u8>(dirty + chunk) != 0) memory.fill(chunkAddress(chunk), 0, CHUNK_BYTES);
    else store<u8>(dirty + chunk, 1);
  }
}

/** Free every chunk whose word is `owner`. For recovery: it looks at the whole table. */
export function sweepChunks(owner: u32): void {
  const end = superWord(SUPER_END_CHUNK);
  for (let chunk = superWord(SUPER_FIRST_CHUNK); chunk < end; chunk++) {
    if (chunkOwner(chunk) == owner) setChunkOwner(chunk, 0);
  }
}

/** Chunks that hold large blocks or elements. */
export function usedChunks(): u32 {
  let used: u32 = 0;
  const end = superWord(SUPER_END_CHUNK);
  for (let chunk = superWord(SUPER_FIRST_CHUNK); chunk < end; chunk++) {
    const owner = chunkOwner(chunk);
    if (owner == HEAP_BLOCK || owner == HEAP_RUN || owner >= CHUNK_BYTES) used++;
  }
  return used;
}

/** Chunks that nobody owns. */
export function freeChunkCount(): u32 {
  let free: u32 = 0;
  const end = superWord(SUPER_END_CHUNK);
  for (let chunk = superWord(SUPER_FIRST_CHUNK); chunk < end; chunk++) if (chunkOwner(chunk) == 0) free++;
  return free;
}
