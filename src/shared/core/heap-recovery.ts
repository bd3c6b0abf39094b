/** Recovery's walks over the heap: see the facts in heap.ts. */
import { chunkAddress, chunkOf, chunkOwner, freeChunks, HEAP_BLOCK, HEAP_RUN, HEAP_SMALL, setChunkOwner } from './chunks';
import { blockSize, blockState, FIRST_BLOCK, HEADER, PENDING, rebuildSmallChunk, USED } from './heap';
import { SUPER_END_CHUNK, SUPER_FIRST_CHUNK, superWord } from './layout';

/** Free what no block covers, and pending blocks; rebuild the chunks of small blocks. */
export function freeUncovered(): void {
  const end = superWord(SUPER_END_CHUNK);
  let chunk = superWord(SUPER_FIRST_CHUNK);
  while (chunk < end) {
    const owner = chunkOwner(chunk);
    let length: u32 = 1;
    if (owner == HEAP_BLOCK) length = largeBlock(chunk);
    else if (owner == HEAP_RUN) freeChunks(chunk, 1);
    else if (owner == HEAP_SMALL) rebuildSmallChunk(chunk);
    chunk += length;
  }
}

function largeBlock(chunk: u32): u32 {
  const block = chunkAddress(chunk) + FIRST_BLOCK;
  const chunks = blockSize(block) >> 4;
  if (blockState(block) == PENDING) {
    setChunkOwner(chunk, HEAP_RUN);
    freeChunks(chunk, chunks);
  }
  return chunks;
}

export function coveredBy(payload: usize): bool {
  const chunk = chunkOf(payload);
  const owner = chunkOwner(chunk);
  const first = chunkAddress(chunk) + FIRST_BLOCK;
  if (owner == HEAP_BLOCK) return payload == first + HEADER && blockState(first) == USED;
  if (owner != HEAP_SMALL) return false;
  let block = first;
  while (block + HEADER < payload) block += blockSize(block);
  return block + HEADER == payload && blockState(block) == USED;
}
