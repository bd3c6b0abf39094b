import { type Arena, openArena } from '../shared/arena.js';
import type { WorkerData } from './protocol.js';

export interface ClaimedThread {
  arena: Arena;
  slot: number;
  incarnation: number;
  cpu: number;
}

/** `claimSlot`: a pool worker's kind. */
const WORKER_KIND = 2;
/** A replacement may start before what its dead predecessor held is recovered: this long it waits for that. */
const PATIENCE = 3000;
const RETRY_INTERVAL = 5;

/** Open the arena in this thread, claim a reader slot and lease a CPU number. */
export function claimThread(data: WorkerData): ClaimedThread {
  const arena = openArena(data.arena);
  const { core } = arena;
  const slot = insist(
    () => core.claimSlot(WORKER_KIND),
    (errno) => `no reader slot is free (errno ${errno}): create the runtime with more readers`,
  );
  const cpu = insist(
    () => core.leaseCpu(),
    (errno) => `no CPU number is free (errno ${errno}): possibleCpus must be greater than the number of workers`,
  );
  core.setLockTimeout(data.lockTimeout);
  return { arena, slot, incarnation: core.slotIncarnation(slot), cpu };
}

/** Try until it is granted. Nothing else runs in this thread yet, so it may block. */
function insist(attempt: () => number, refusal: (errno: number) => string): number {
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const result = attempt();
    if (result >= 0) return result;
    if (performance.now() >= deadline) throw new Error(refusal(-result));
    Atomics.wait(nobodyWakes, 0, 0, RETRY_INTERVAL);
  }
}
