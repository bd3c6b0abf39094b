/**
 * The clock, the timers and the event-word wait that grace periods run on, as one value, so that a test
 * can drive time by hand.
 */

/** A timer that has been armed; cancelling one that has fired does nothing. */
export interface ArmedTimer {
  cancel(): void;
}

/** What `Atomics.waitAsync` returns: an immediate verdict, or a promise of the wake-up. */
export type EventWait =
  | { readonly async: false; readonly value: 'not-equal' | 'timed-out' }
  | { readonly async: true; readonly value: Promise<'ok' | 'timed-out'> };

export interface Scheduler {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Call `callback` once after `milliseconds`. Such a timer never keeps the process alive. */
  after(milliseconds: number, callback: () => void): ArmedTimer;
  /** Call `callback` in the next turn of the event loop. Without it, waits are neither looked at nor spaced by turns. */
  readonly soon?: (callback: () => void) => void;
  /** Keep the process alive until `release` has been called as often as this. */
  hold(): void;
  release(): void;
  /** Wait for a notify on `words[index]`, unless it no longer holds `value`. */
  waitAsync(words: Int32Array, index: number, value: number): EventWait;
}

/** The lib types of this TypeScript version know `waitAsync` only from es2024 on. */
const atomics = Atomics as unknown as { waitAsync(words: Int32Array, index: number, value: number): EventWait };

const LONGEST_TIMER = 2 ** 31 - 1;

/** The scheduler of a live runtime: Node's timers and the engine's `Atomics.waitAsync`. */
export function nodeScheduler(): Scheduler {
  let holds = 0;
  let keeper: NodeJS.Timeout | undefined;
  return {
    now: () => performance.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIMER)).unref();
      return { cancel: () => clearTimeout(timer) };
    },
    soon: (callback) => void setImmediate(callback),
    hold() {
      holds++;
      // A pending waitAsync is no handle of the event loop; a timer is. It does nothing when it fires.
      keeper ??= setInterval(() => {}, LONGEST_TIMER);
      if (holds === 1) keeper.ref();
    },
    release() {
      holds--;
      if (holds === 0) keeper?.unref();
    },
    waitAsync: (words, index, value) => atomics.waitAsync(words, index, value),
  };
}
