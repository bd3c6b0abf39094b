/** Rules about the program as a whole. */
import { ProgramType } from '../../../uapi.js';
import type { Env } from '../env.js';

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
