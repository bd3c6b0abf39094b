/**
 * `may_goto`: goes on until the loops of its function have run for a quarter of a second, and jumps then. Linux 6.18
 * bounds them by time on x86-64, too: it looks at the clock once in 65,535 rounds, and counts from its first look.
 */
import type { ModuleBuilder } from '../wasm/module.js';
import { COMPARE_TO_64, Op, Type } from '../wasm/op.js';
import { MAY_GOTO_NANOSECONDS, MAY_GOTO_ROUNDS } from '../../insn/may-goto.js';
import type { Emitter } from './emitter.js';

/** bpf_ktime_get_ns, which is JavaScript's. */
const CLOCK = 'helper_5';

export function importClock(module: ModuleBuilder): void {
  module.importFunction('host', CLOCK, module.type([], [Type.I64]));
}

/** Leave whether it jumps, or whether it does not, on the stack as an i32. */
export function emitMayGoto(e: Emitter, negated: boolean): void {
  const { rounds } = e.locals;
  e.getLocal(rounds);
  e.const32(1);
  e.op(Op.I32_ADD);
  e.teeLocal(rounds);
  e.const32(MAY_GOTO_ROUNDS);
  e.op(Op.I32_GE_U);
  e.out.u8x2(Op.IF, Type.I32);
  emitLook(e);
  e.op(Op.ELSE);
  e.const32(0);
  e.op(Op.END);
  if (negated) e.op(Op.I32_EQZ);
}

/** Once the time is over, every further round looks again. */
function emitLook(e: Emitter): void {
  const { wide, since, rounds } = e.locals;
  e.callImport('host', CLOCK);
  e.setLocal(wide);
  e.getLocal(since);
  e.op(Op.I64_EQZ);
  e.out.u8x2(Op.IF, Type.EMPTY);
  e.getLocal(wide);
  e.setLocal(since);
  e.op(Op.END);
  e.getLocal(wide);
  e.getLocal(since);
  e.op(Op.I64_SUB);
  e.const64(MAY_GOTO_NANOSECONDS);
  e.op(Op.I32_GE_U + COMPARE_TO_64);
  e.out.u8x2(Op.IF, Type.I32);
  e.const32(1);
  e.op(Op.ELSE);
  e.const32(0);
  e.setLocal(rounds);
  e.const32(0);
  e.op(Op.END);
}
