/** Running programs: over the packets of a batch, and again and again over one context. */
import { enter, leave } from '../epochs';
import { TYPE } from '../packet/layout';
import { redirectVerdict } from '../packet/verdicts';
import { runArea } from './area';
import { RECORD_BYTES, RUN_CONTEXT, RUN_STACK_TOP } from './layout';
import { finish, prepare } from './prepare';
import { resetTailCalls } from '../types/prog-array';

/** Packet of the batch that is being run, for reports of traps. */
let position: i32 = 0;

/** High 32 bits of the last r0 of `runRepeat`. */
let resultHigh: u32 = 0;

/**
 * Run function `entry` of the table over packets [first, first + count) of a batch, in sections of at most
 * `perSection` packets. Returns how many were run: fewer when one of them cannot be laid out. A trap propagates.
 */
export function runBatch(entry: i32, batch: i32, first: i32, count: i32, type: u32, perSection: i32): i32 {
  const stackTop = runArea() + RUN_STACK_TOP;
  let left = 0;
  let done = 0;
  for (; done < count; done++) {
    position = first + done;
    const record = batch + position * RECORD_BYTES;
    if (left == 0) {
      left = perSection;
      enter();
    }
    const context = prepare(record, type);
    if (context == 0) break;
    resetTailCalls();
    finish(record, type, context, <u32>call_indirect<i64>(entry, <i64>context, stackTop));
    if (--left == 0) leave();
  }
  if (left != 0) leave();
  return done;
}

/** Index of the packet that is being run, or was run last. */
export function batchPosition(): i32 {
  return position;
}

/** Lay the packet of a record out, and leave it there: the first half of a test run. The context, or 0. */
export function runPrepare(record: i32, type: u32): f64 {
  return <f64><u32>prepare(record, type);
}

/**
 * Run function `entry` over a context `count` times, in sections of at most `perSection` runs; each run finds what
 * the one before left. Low 32 bits of r0 of the last run.
 */
export function runRepeat(entry: i32, context: i32, count: i32, perSection: i32): f64 {
  const stackTop = runArea() + RUN_STACK_TOP;
  let left = 0;
  let result: i64 = 0;
  for (let run: u32 = 0; run < <u32>count; run++) {
    if (left == 0) {
      left = perSection;
      enter();
    }
    resetTailCalls();
    result = call_indirect<i64>(entry, <i64><u32>context, stackTop);
    if (--left == 0) leave();
  }
  if (left != 0) leave();
  resultHigh = <u32>(<u64>result >> 32);
  return <f64><u32>result;
}

/** High 32 bits of the r0 whose low ones `runRepeat` returned last. */
export function runResultHigh(): f64 {
  return <f64>resultHigh;
}

/** The second half of a test run: write verdict and packet to the record. */
export function runFinish(record: i32, type: u32, context: i32, verdict: i32): void {
  finish(record, type, context, <u32>verdict);
}

/** bpf_redirect(ifindex, flags): the verdict that the running program's type has for it. */
export function helper_23(ifindex: i64, flags: i64): i64 {
  return redirectVerdict(load<u32>(runArea() + RUN_CONTEXT - 256, TYPE), <u64>flags);
}
