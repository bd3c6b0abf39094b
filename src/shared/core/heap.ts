/**
 * The heap: blocks for maps and payload, of the main thread alone.
 *
 * A small block lies in a chunk of small blocks. Such a chunk is tiled by blocks from byte 48 on, without gaps:
 * header (16 bytes), then payload, so that payloads are multiples of 64. A block of more than one chunk takes chunks
 * of its own, with the same header before its payload at byte 64.
 *
 *   header   size | state, size of the block before, next, previous      (the links are those of its free list)
 *   state    FREE, PENDING (allocated, and its owner is not published yet), USED
 *
 * Facts, for a thread that is stopped before any store and then calls `rebuildHeap`:
 * 1. The tiling is told by the sizes alone, read from the front. A split writes the header of the rest first, inside
 *    the free block, and then shrinks the block by one store. A merge is one store that lengthens the front block.
 *    So the tiling is whole at every point, and a block's state changes with one store.
 * 2. Lists, sizes of the blocks before, and sums follow from the tiling: rebuilt.
 * 3. A chunk is a small-block chunk once its word says so, and its only block was written before that.
 * 4. A large block exists once its first chunk's word says HEAP_BLOCK; its header was written before that. Chunks that
 *    say HEAP_RUN and belong to no block were being taken or freed: free.
 * 5. A block that is PENDING has no owner yet: free it.
 */
import {
  chunkAddress, chunkOf, chunkOwner, freeChunks, HEAP_BLOCK, HEAP_RUN, HEAP_SMALL, setChunkOwner, takeChunks, usedChunks, zeroChunks,
} from './chunks';
import { ENOMEM } from './errno';
import { coveredBy, freeUncovered } from './heap-recovery';
import {
  CHUNK_BYTES, roundUp, SUPER, SUPER_DIRTY_TABLE, SUPER_HEAP_LISTS, SUPER_SMALL_USED, SUPER_SPARE_CHUNK, superWord,
} from './layout';
import { beginMainOperation, endMainOperation, OP_ALLOCATE, OP_RELEASE, setMainArgument } from './operations';
import { step } from './step';

export const FREE: u32 = 0;
export const PENDING: u32 = 1;
export const USED: u32 = 2;
export const STATE_MASK: u32 = 3;

export const BLOCK_SIZE: usize = 0;
const BLOCK_BEFORE: usize = 4;
const BLOCK_NEXT: usize = 8;
const BLOCK_PREVIOUS: usize = 12;
export const HEADER: usize = 16;

/** Blocks start here in their chunk, and end 16 bytes before its end. */
export const FIRST_BLOCK: usize = 48;
const TILED: u32 = 65472;
const UNIT: u32 = 64;
const LISTS: u32 = 48;

export function blockSize(block: usize): u32 {
  return load<u32>(block + BLOCK_SIZE) & ~STATE_MASK;
}

export function blockState(block: usize): u32 {
  return load<u32>(block + BLOCK_SIZE) & STATE_MASK;
}

function setBlock(block: usize, size: u32, state: u32): void {
  step();
  store<u32>(block + BLOCK_SIZE, size | state);
}

/** Four lists for each power of two. */
function listOf(size: u32): u32 {
  const units = size / UNIT;
  const power = 31 - clz(units);
  const quarter = power < 2 ? 0 : (units >> (power - 2)) & 3;
  return power * 4 + quarter;
}

function listHead(list: u32): usize {
  return SUPER + SUPER_HEAP_LISTS + list * 4;
}

function pushFree(block: usize): void {
  const head = listHead(listOf(blockSize(block)));
  const next = load<u32>(head);
  step();
  store<u32>(block + BLOCK_NEXT, next);
  step();
  store<u32>(block + BLOCK_PREVIOUS, 0);
  step();
  store<u32>(head, <u32>block);
  if (next == 0) return;
  step();
  store<u32>(next + BLOCK_PREVIOUS, <u32>block);
}

function takeFromList(block: usize): void {
  const next = load<u32>(block + BLOCK_NEXT);
  const previous = load<u32>(block + BLOCK_PREVIOUS);
  step();
  if (previous == 0) store<u32>(listHead(listOf(blockSize(block))), next);
  else store<u32>(previous + BLOCK_NEXT, next);
  if (next == 0) return;
  step();
  store<u32>(next + BLOCK_PREVIOUS, previous);
}

/** How many blocks of the list that may hold smaller ones are looked at before a list of larger ones is. */
const FEW: u32 = 16;
const ALL: u32 = u32.MAX_VALUE;

/** A free block of at least `size` bytes, off its list; 0 if there is none among the first `tries` of each list. */
function findFree(size: u32, tries: u32): usize {
  for (let list = listOf(size); list < LISTS; list++) {
    let block = <usize>load<u32>(listHead(list));
    for (let seen: u32 = 1; block != 0 && blockSize(block) < size; seen++) {
      block = seen < tries ? <usize>load<u32>(block + BLOCK_NEXT) : 0;
    }
    if (block == 0) continue;
    takeFromList(block);
    return block;
  }
  return 0;
}

function endOfTiling(block: usize): usize {
  return chunkAddress(chunkOf(block)) + FIRST_BLOCK + TILED;
}

function setBefore(block: usize, before: u32): void {
  if (block >= endOfTiling(block - 1)) return;
  step();
  store<u32>(block + BLOCK_BEFORE, before);
}

function newSmallChunk(): usize {
  const chunk = takeChunks(1, HEAP_RUN);
  if (chunk == 0) return 0;
  const block = chunkAddress(chunk) + FIRST_BLOCK;
  step();
  store<u8>(superWord(SUPER_DIRTY_TABLE) + chunk, 1);
  setBlock(block, TILED, FREE);
  step();
  store<u32>(block + BLOCK_BEFORE, 0);
  setChunkOwner(chunk, HEAP_SMALL); // fact 3
  return block;
}

function addSmallUsed(bytes: i32): void {
  step();
  store<u32>(SUPER + SUPER_SMALL_USED, load<u32>(SUPER + SUPER_SMALL_USED) + bytes);
}

function allocateSmall(size: u32): usize {
  let block = findFree(size, FEW);
  if (block == 0) block = newSmallChunk();
  if (block == 0) block = findFree(size, ALL);
  if (block == 0) return 0;
  const spare = SUPER + SUPER_SPARE_CHUNK;
  if (<usize>load<u32>(spare) == block) {
    step();
    store<u32>(spare, 0);
  }
  const rest = blockSize(block) - size;
  if (rest >= UNIT) {
    const behind = block + size;
    setBlock(behind, rest, FREE);
    setBefore(behind, size);
    setBefore(behind + rest, rest);
    setBlock(block, size, PENDING); // fact 1: shrinks the block
    pushFree(behind);
  } else {
    setBlock(block, size + rest, PENDING);
  }
  addSmallUsed(<i32>blockSize(block));
  memory.fill(block + HEADER, 0, blockSize(block) - <u32>HEADER);
  return block + HEADER;
}

function allocateLarge(bytes: u64): usize {
  const chunks = <u32>(roundUp(bytes + UNIT, CHUNK_BYTES) / CHUNK_BYTES);
  const first = takeChunks(chunks, HEAP_RUN);
  if (first == 0) return 0;
  zeroChunks(first, chunks);
  const block = chunkAddress(first) + FIRST_BLOCK;
  setBlock(block, chunks << 4, PENDING);
  setChunkOwner(first, HEAP_BLOCK); // fact 4
  return block + HEADER;
}

/** A PENDING block of zeros, 64-byte aligned; 0 when there is no room. */
export function heapAllocate(bytes: u64): usize {
  const size = roundUp(bytes + HEADER, UNIT);
  if (size <= TILED) return allocateSmall(<u32>size);
  return bytes < 0xffff0000 ? allocateLarge(bytes) : 0;
}

/** From now on the block has an owner. */
export function heapPublish(payload: usize): void {
  const block = payload - HEADER;
  setBlock(block, blockSize(block), USED);
}

/** Whole length of a block, header and rounding included. */
export function heapBytes(payload: usize): u32 {
  const block = payload - HEADER;
  return chunkOwner(chunkOf(payload)) == HEAP_BLOCK ? (blockSize(block) >> 4) * <u32>CHUNK_BYTES : blockSize(block);
}

export function heapFree(payload: usize): void {
  const block = payload - HEADER;
  const chunk = chunkOf(payload);
  const owner = chunkOwner(chunk);
  if ((owner != HEAP_BLOCK && owner != HEAP_SMALL) || blockState(block) == FREE) unreachable(); // no block, or freed twice
  if (owner == HEAP_SMALL) {
    freeSmall(block);
    return;
  }
  const chunks = blockSize(block) >> 4;
  setChunkOwner(chunk, HEAP_RUN); // fact 4: no block any more
  freeChunks(chunk, chunks);
}

function freeSmall(block: usize): void {
  let size = blockSize(block);
  setBlock(block, size, FREE);
  addSmallUsed(-(<i32>size));
  const behind = block + size;
  if (behind < endOfTiling(block) && blockState(behind) == FREE) {
    takeFromList(behind);
    size += blockSize(behind);
    setBlock(block, size, FREE);
  }
  const before = load<u32>(block + BLOCK_BEFORE);
  if (before != 0 && blockState(block - before) == FREE) {
    block -= before;
    takeFromList(block);
    size += before;
    setBlock(block, size, FREE);
  }
  setBefore(block + size, size);
  if (size == TILED && !keepSpare(block)) return;
  pushFree(block);
}

/** One free chunk is kept, so that a map created and freed in turn does not take and give back a chunk each time. */
function keepSpare(block: usize): bool {
  const spare = SUPER + SUPER_SPARE_CHUNK;
  if (load<u32>(spare) == 0) {
    step();
    store<u32>(spare, <u32>block);
    return true;
  }
  freeChunks(chunkOf(block), 1);
  return false;
}

/** Make lists and sums anew, and free what has no owner. For recovery, see the facts above. */
export function rebuildHeap(): void {
  for (let list: u32 = 0; list < LISTS; list++) store<u32>(listHead(list), 0);
  store<u32>(SUPER + SUPER_SMALL_USED, 0);
  store<u32>(SUPER + SUPER_SPARE_CHUNK, 0);
  freeUncovered();
}

/** Part of `rebuildHeap`: one chunk of small blocks. */
export function rebuildSmallChunk(chunk: u32): void {
  let block = chunkAddress(chunk) + FIRST_BLOCK;
  const end = block + TILED;
  let before: u32 = 0;
  while (block < end) {
    if (blockState(block) == PENDING) setBlock(block, blockSize(block), FREE);
    if (blockState(block) == FREE) {
      let behind = block + blockSize(block);
      while (behind < end && blockState(behind) != USED) {
        setBlock(block, blockSize(block) + blockSize(behind), FREE);
        behind = block + blockSize(block);
      }
    }
    store<u32>(block + BLOCK_BEFORE, before);
    before = blockSize(block);
    if (blockState(block) != FREE) addSmallUsed(<i32>before);
    else if (before != TILED || keepSpare(block)) pushFree(block);
    block += before;
  }
}

// ---- for JavaScript ----

/** Bytes in use: blocks, headers included, and element chunks. Areas of slots do not count. */
export function arenaUsedBytes(): f64 {
  return <f64>superWord(SUPER_SMALL_USED) + <f64>usedChunks() * <f64>CHUNK_BYTES;
}

/** Payload memory: zeroed, 64-byte aligned. Address or -ENOMEM. Main thread. */
export function memoryAllocate(bytes: f64): f64 {
  if (!(bytes >= 0) || bytes > 4294967295) return -ENOMEM;
  beginMainOperation(OP_ALLOCATE, 0, 0);
  const address = heapAllocate(<u64>bytes);
  if (address != 0) {
    setMainArgument(address);
    heapPublish(address);
  }
  endMainOperation();
  return address == 0 ? -ENOMEM : <f64>address;
}

export function memoryFree(address: usize): void {
  beginMainOperation(OP_RELEASE, address, 0);
  heapFree(address);
  endMainOperation();
}

/** True if a block that is in use has its payload at `payload`: a walk, for recovery. */
export function isHeapBlock(payload: usize): bool {
  return coveredBy(payload);
}
