import type { Arena } from '../../shared/arena.js';
import { type CodecMemory, codecMemory } from '../../shared/codecs.js';
import { outOfMemory } from './errors.js';

/** A slot's scratch buffer in the arena. */
const SCRATCH_BYTES = 65_536;
const ALIGNMENT = 8;

/** The main thread's scratch buffer, with views that are made once. */
export class Scratch {
  readonly arena: Arena;
  readonly address: number;
  readonly memory: CodecMemory;

  constructor(arena: Arena) {
    this.arena = arena;
    this.address = arena.core.slotScratch(arena.slot);
    this.memory = codecMemory(arena.memory.buffer, this.address, SCRATCH_BYTES);
  }
}

/**
 * Where a map object puts keys and values on their way into and out of the core: in the scratch buffer, or in
 * a block of its own when they are too large for it. What lies there is valid only until the next operation.
 */
export class Workspace {
  readonly memory: CodecMemory;
  readonly keyOffset = 0;
  readonly valueOffset: number;
  /** A second key, for walks. */
  readonly nextOffset: number;
  readonly keyAddress: number;
  readonly valueAddress: number;
  readonly nextAddress: number;
  readonly #arena: Arena;
  #block: number;

  constructor(scratch: Scratch, keySize: number, valueSize: number) {
    this.valueOffset = align(keySize);
    this.nextOffset = this.valueOffset + align(valueSize);
    const bytes = this.nextOffset + align(keySize);
    this.#arena = scratch.arena;
    this.#block = bytes <= SCRATCH_BYTES ? 0 : allocate(scratch.arena, 'createMap', bytes);
    const start = this.#block || scratch.address;
    this.memory = this.#block ? codecMemory(scratch.arena.memory.buffer, this.#block, bytes) : scratch.memory;
    this.keyAddress = start;
    this.valueAddress = start + this.valueOffset;
    this.nextAddress = start + this.nextOffset;
  }

  free(): void {
    if (this.#block) this.#arena.core.memoryFree(this.#block);
    this.#block = 0;
  }
}

/** Run `use` with the address of a copy of `bytes` in the arena: in the scratch buffer if it fits there. */
export function withPayload<T>(scratch: Scratch, operation: string, bytes: Uint8Array, use: (address: number) => T): T {
  if (bytes.length <= SCRATCH_BYTES) {
    scratch.memory.u8.set(bytes);
    return use(scratch.address);
  }
  return withBlock(scratch.arena, operation, bytes.length, (address, memory) => {
    memory.u8.set(bytes);
    return use(address);
  });
}

/** Arena memory for the time of one bulk operation. */
export function withBlock<T>(
  arena: Arena,
  operation: string,
  bytes: number,
  use: (address: number, memory: CodecMemory) => T,
): T {
  const address = allocate(arena, operation, bytes);
  try {
    return use(address, codecMemory(arena.memory.buffer, address, bytes));
  } finally {
    arena.core.memoryFree(address);
  }
}

function allocate(arena: Arena, operation: string, bytes: number): number {
  const address = arena.core.memoryAllocate(bytes);
  if (address < 0) throw outOfMemory(operation, bytes);
  return address;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
