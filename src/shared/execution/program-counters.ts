/** Run count and run time of a program: two u64 in the arena, added to by every thread that runs it, read by anyone. */
import type { WasmMemory } from '../wasm-types.js';

export const PROGRAM_COUNTERS = { size: 16, runs: 0, nanoseconds: 8 } as const;

export interface ProgramCounts {
  /** Runs that came to their end (`run_cnt`). */
  readonly runs: bigint;
  /** Time that they took (`run_time_ns`). */
  readonly nanoseconds: bigint;
}

/** `address` 0: the program is not counted. */
export function countRuns(memory: WasmMemory, address: number, runs: number, nanoseconds: number): void {
  if (address === 0 || runs <= 0) return;
  const words = new BigUint64Array(memory.buffer, address, 2);
  Atomics.add(words, 0, BigInt(runs));
  Atomics.add(words, 1, BigInt(Math.round(nanoseconds)));
}

export function readCounts(memory: WasmMemory, address: number): ProgramCounts {
  const words = new BigUint64Array(memory.buffer, address, 2);
  return { runs: Atomics.load(words, 0), nanoseconds: Atomics.load(words, 1) };
}
