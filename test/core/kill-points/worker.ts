/** A thread that stops before the n-th store of an operation, or that writes without pause. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ArenaHandle, openArena } from '#dist/shared/arena.js';
import { HASH_OPERATIONS } from './operations.js';

export interface ParkRequest {
  handle: ArenaHandle;
}

export interface ParkJob {
  operation: string;
  map: number;
  others: number[];
  /** The store before which the thread parks. */
  n: number;
}

const PARK = 2;
const { handle } = workerData as ParkRequest;
const arena = openArena(handle);
const slot = arena.core.claimSlot(2);
parentPort!.postMessage({ slot, incarnation: arena.incarnation });

/** Any other name: a read-side section with nothing in it. Its stores: in, out. */
function section(): void {
  arena.core.enter();
  arena.core.leave();
}

/** Answers when the operation has ended without coming to its n-th store, or has been let go on. */
parentPort!.on('message', ({ operation, map, others, n }: ParkJob) => {
  const wanted = HASH_OPERATIONS.find(({ name }) => name === operation);
  arena.core.setStep(n, PARK);
  if (wanted) wanted.run(arena, { arena, map, others });
  else section();
  arena.core.setStep(0, 0);
  parentPort!.postMessage('ended');
});
