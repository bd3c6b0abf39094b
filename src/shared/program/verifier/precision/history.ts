/**
 * The path's history since its last checkpoint: jumps, stack accesses through registers, and comparisons that
 * narrowed several linked scalars. Backtracking for precision follows it.
 */
import type { Env } from '../env.js';

/** A comparison's operand was a stack pointer: it needs no precision. */
export const DST_IS_STACK = 1 << 20;
export const SRC_IS_STACK = 1 << 21;
const ACCESS_MASK = (1 << 20) - 1;

export function stackAccess(frame: number, slot: number): number {
  return frame * 64 + slot + 1;
}

/** Frame × 64 + slot of an access, or −1. */
export function accessOf(flags: number): number {
  return (flags & ACCESS_MASK) - 1;
}

/** Members of a class of linked scalars, packed: frame × 128 + register, or frame × 128 + 16 + stack slot. */
export function pushHistory(env: Env, access: number, linked: readonly number[] | null): void {
  const { entry } = env;
  if (entry) {
    entry.access |= access;
    entry.linked = linked ?? entry.linked;
    return;
  }
  env.entry = { slot: env.slot, previous: env.previousSlot, access, linked };
  env.state.history.push(env.entry);
}
