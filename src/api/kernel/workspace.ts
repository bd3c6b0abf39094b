import type { Arena } from '../../shared/arena.js';
import { BpfError } from '../errors.js';

/** A slot's scratch buffer in the arena. */
const SCRATCH_BYTES = 65_536;

/**
 * Run `use` with `bytes` bytes of payload memory in the arena: the main thread's scratch buffer, or a block of
 * its own for larger needs. What lies there is good only inside `use`, which must not nest.
 */
export function withPayload<T>(arena: Arena, syscall: string, bytes: number, use: (address: number) => T): T {
  const { core } = arena;
  if (bytes <= SCRATCH_BYTES) return use(core.slotScratch(arena.slot));
  const address = core.memoryAllocate(bytes);
  if (address < 0) throw BpfError.of(-address, syscall, `no arena memory for ${bytes} bytes of keys and values`);
  try {
    return use(address);
  } finally {
    core.memoryFree(address);
  }
}

/** Payload of different kinds starts at multiples of 8. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
