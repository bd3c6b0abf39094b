/** bpf_spin_lock in values, for compiled programs (SPEC §6.9). A lock that is not to be had in time traps: a program has no way to hear of it. */
import { lockValue, unlockValue } from '../operations';

/** bpf_spin_lock(lock) */
export function helper_93(lock: u64): i64 {
  if (lockValue(<usize>lock) != 0) unreachable();
  return 0;
}

/** bpf_spin_unlock(lock) */
export function helper_94(lock: u64): i64 {
  unlockValue(<usize>lock);
  return 0;
}
