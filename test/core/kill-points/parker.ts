/** A thread that can be parked before a chosen store: the main thread's side. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Arena } from '#dist/shared/arena.js';
import type { World } from './operations.js';
import type { ParkJob } from './worker.js';

export interface Parker {
  worker: Worker;
  slot: number;
  incarnation: number;
}

export async function startParker(arena: Arena): Promise<Parker> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { handle: arena.handle } });
  const [hello] = (await once(worker, 'message')) as [{ slot: number; incarnation: number }];
  return { worker, ...hello };
}

/** True: the thread is parked before store n. False: the operation ended before it. */
export async function parkAt(
  arena: Arena,
  { worker, slot }: Parker,
  operation: string,
  world: World,
  n: number,
): Promise<boolean> {
  const job: ParkJob = { operation, map: world.map, others: world.others, n };
  let ended = false;
  worker.once('message', () => {
    ended = true;
  });
  worker.postMessage(job);
  const parked = arena.core.slotPark(slot) / 4 + 1;
  while (!ended && Atomics.load(arena.i32, parked) === 0) await sleep(0);
  return !ended;
}

export function letGo(arena: Arena, slot: number): void {
  const word = arena.core.slotPark(slot) / 4;
  Atomics.store(arena.i32, word, 1);
  Atomics.notify(arena.i32, word);
}
