/** A thread of the histories: makes its calls, and notes on a clock of all threads when each began and returned. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ArenaHandle, openArena } from '#dist/shared/arena.js';
import { SUBJECTS, type Subject } from './subjects.js';

export interface ThreadData {
  readonly handle: ArenaHandle;
  readonly thread: number;
  /** Words: clock, arrivals at the barrier, then calls. */
  readonly words: Int32Array;
}

export interface Batch {
  readonly subject: string;
  readonly maps: readonly number[];
  readonly threads: number;
  readonly calls: number;
  /** Arrivals before this batch. */
  readonly arrivals: number;
}

export const CLOCK = 0;
export const ARRIVALS = 32;
/** Nobody changes it. */
const IDLE = 48;
export const CALLS = 64;
/** kind, key, value, invoked, returned, result, and the step of the core at which the call is delayed (0 = none). */
export const CALL_WORDS = 7;
/** Mode of `setStep`. */
const DELAY = 3;
const LATE_STEP = 8;

export function callWord(batch: Batch, history: number, thread: number, call: number): number {
  return CALLS + ((history * batch.threads + thread) * batch.calls + call) * CALL_WORDS;
}

if (parentPort !== null && workerData !== null) {
  const { handle, thread, words } = workerData as ThreadData;
  const arena = openArena(handle);
  arena.core.claimSlot(2);
  arena.core.setLockTimeout(10_000);
  parentPort.on('message', (batch: Batch) => {
    if (thread < batch.threads) run(batch);
    parentPort?.postMessage('done');
  });

  const run = (batch: Batch): void => {
    const subject = SUBJECTS.find(({ name }) => name === batch.subject) as Subject;
    for (let history = 0; history < batch.maps.length; history++) {
      meet(batch.arrivals + (history + 1) * batch.threads);
      const map = batch.maps[history] as number;
      for (let call = 0; call < batch.calls; call++) {
        const at = callWord(batch, history, thread, call);
        const [kind, key, value] = [words[at], words[at + 1], words[at + 2]] as [number, number, number];
        arena.core.setStep(words[at + 6] as number, DELAY);
        words[at + 3] = Atomics.add(words, CLOCK, 1);
        // Calls of few steps are delayed before they begin.
        if ((words[at + 6] as number) > LATE_STEP) Atomics.wait(words, IDLE, 0, 0.1);
        words[at + 5] = subject.call(arena, map, kind, key, value);
        words[at + 4] = Atomics.add(words, CLOCK, 1);
      }
    }
  };

  /** Wait until all threads are here. The processor may belong to one that is not. */
  const meet = (arrivals: number): void => {
    if (Atomics.add(words, ARRIVALS, 1) + 1 === arrivals) Atomics.notify(words, ARRIVALS);
    for (let spins = 0; Atomics.load(words, ARRIVALS) < arrivals; spins++) {
      if (spins > 20_000) Atomics.wait(words, ARRIVALS, Atomics.load(words, ARRIVALS), 1);
    }
  };
  parentPort.postMessage('ready');
}
