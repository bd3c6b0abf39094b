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

/** Words of an entry: slot, the slot before it, access flags, number of a set of linked scalars (0: none). */
export const ENTRY = 4;
export const PREVIOUS = 1;
export const ACCESS = 2;
export const LINKED = 3;

/**
 * Note the current instruction, or more about it. `linked`: members of a class of linked scalars, packed as
 * frame × 128 + register, or frame × 128 + 16 + stack slot.
 */
export function pushHistory(env: Env, access: number, linked: readonly number[] | null): void {
  const { history } = env.state;
  const set = linked === null ? 0 : env.linkedSets.push(linked);
  if (env.entry < 0) {
    env.entry = history.length;
    history.push(env.slot, env.previousSlot, access, set);
    return;
  }
  history[env.entry + ACCESS] = (history[env.entry + ACCESS] as number) | access;
  if (set !== 0) history[env.entry + LINKED] = set;
}
