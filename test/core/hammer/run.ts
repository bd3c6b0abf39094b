/** Threads on one map at once. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Arena } from '#dist/shared/arena.js';
import type { HammerResult, HammerTask } from './worker.js';

export type Part = Pick<HammerTask, 'role' | 'keys'>;

/** Let the parts run for some time, or until `enough` says so. */
export async function hammer(
  arena: Arena,
  map: number,
  parts: readonly Part[],
  milliseconds: number,
  meanwhile: () => boolean = () => false,
): Promise<HammerResult[]> {
  const stop = arena.core.memoryAllocate(4);
  const workers = parts.map((part, index) => {
    const task: HammerTask = { handle: arena.handle, map, stop, tag: index, ...part };
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: task });
  });
  const results = workers.map(async (worker) => ((await once(worker, 'message')) as [HammerResult])[0]);
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !meanwhile()) await sleep(5);
  Atomics.store(arena.i32, stop / 4, 1);
  const all = await Promise.all(results);
  await Promise.all(workers.map((worker) => worker.terminate()));
  arena.core.memoryFree(stop);
  return all;
}
