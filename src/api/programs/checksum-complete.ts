/** BPF_F_TEST_SKB_CHECKSUM_COMPLETE: the packet comes with a sum over its bytes, as some network cards give it. */
import type { Arena } from '../../shared/arena.js';
import { HIDDEN } from '../../shared/core-exports.js';

const SUMMED_COMPLETE = 2;
const DATA = 76;
const DATA_END = 80;

/** Sum over the bytes from the network header on. */
export function completeSum(arena: Arena, skb: number): void {
  const below = (skb - HIDDEN.bytes) >>> 2;
  arena.u32[below + HIDDEN.summed / 4] = SUMMED_COMPLETE;
  arena.u32[below + HIDDEN.sum / 4] = networkSum(arena, skb);
}

/** Whether the sum that the helpers kept up to date still fits the bytes. */
export function sumMatches(arena: Arena, skb: number): boolean {
  const below = (skb - HIDDEN.bytes) >>> 2;
  if (arena.u32[below + HIDDEN.summed / 4] !== SUMMED_COMPLETE) return true;
  return fold(arena.u32[below + HIDDEN.sum / 4] as number) === fold(networkSum(arena, skb));
}

function networkSum(arena: Arena, skb: number): number {
  const word = (address: number) => arena.u32[address >>> 2] as number;
  const end = word(skb + DATA_END);
  const start = Math.max(word(skb - HIDDEN.bytes + HIDDEN.network), word(skb + DATA));
  let sum = 0;
  for (let at = start; at < end; at++) sum += (arena.u8[at] as number) * 2 ** (8 * ((at - start) % 4));
  return ((sum >>> 0) + Math.floor(sum / 2 ** 32)) % 0xffff_ffff || (sum === 0 ? 0 : 0xffff_ffff);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded === 0xffff ? 0 : folded;
}
