/** Rules about the program as a whole. */
import { ProgramType } from '../../../uapi.js';
import type { Env } from '../env.js';

/** Tail calls and packet loads may end the program inside a function: the caller must know what that returns. */
export function checkAbnormalReturns(env: Env): void {
  const withBtf = env.input.functions !== undefined;
  for (const subprogram of env.subprograms.slice(1)) {
    const returnsInt = subprogram.info?.returns.kind === 'scalar';
    if (withBtf && returnsInt) continue;
    const rule = withBtf ? "is only allowed in functions that return 'int'." : 'is not allowed in subprogs without BTF';
    if (subprogram.hasPacketLoad) env.refuse('EINVAL', `LD_ABS ${rule}`);
    if (subprogram.hasTailCall) env.refuse('EINVAL', `tail_call ${rule}`);
  }
}

const SLEEPABLE = 16;
const MAY_SLEEP: readonly number[] = [ProgramType.KPROBE, ProgramType.LSM, ProgramType.TRACING, ProgramType.STRUCT_OPS];

export function checkSleepable(env: Env): void {
  const sleepable = (env.flags & SLEEPABLE) !== 0;
  if (env.type === ProgramType.SYSCALL) {
    if (!sleepable) env.refuse('EINVAL', 'Syscall programs can only be sleepable');
    return;
  }
  if (!sleepable || MAY_SLEEP.includes(env.type)) return;
  env.refuse('EINVAL', 'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable');
}
