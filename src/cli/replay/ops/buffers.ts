import { fromHex, toHex } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, type Outcome } from '../session.js';

const UNTOUCHED = 0xa5;

/** Update and lookup flags: a number, or text from 2^53 on. */
export function flagsOf(op: Op, name = 'flags'): number | bigint {
  const given = op[name];
  if (typeof given === 'string') return BigInt(given);
  return typeof given === 'number' ? given : 0;
}

/** A key or other buffer as the op gives it: hex, or NULL. */
export function bytesOf(given: unknown): Uint8Array | null {
  return typeof given === 'string' ? fromHex(given) : null;
}

/** An output buffer with a pattern in it, so that a failed call that writes to it shows. */
export function outputBuffer(size: number): Uint8Array {
  return new Uint8Array(size).fill(UNTOUCHED);
}

/** A call with one output buffer: `out` on success; a buffer that a failed call wrote to is reported. */
export function reading(size: number, run: (buffer: Uint8Array) => number): Outcome {
  const buffer = outputBuffer(size);
  const outcome = attempt(() => run(buffer));
  if (outcome['ret'] === 0) return { ...outcome, out: toHex(buffer) };
  return buffer.every((byte) => byte === UNTOUCHED) ? outcome : { ...outcome, touched: true };
}
