/**
 * Grace periods, as the main thread waits for them.
 *
 * A stamp is the global epoch as read after an unlinking; it is *quiesced* once no reader is in a section
 * that began at or before it. Everything here is a list of stamps in ascending order and one loop that
 * settles the first of them, again and again. How the loop sleeps without losing a wake-up, and why one
 * published stamp serves all waits, is proved in `grace-periods/event-word.ts`.
 *
 * Two kinds of waits share the loop. *Callers'* waits keep the process alive until they settle. The one
 * *background* wait, armed by `kick()`, frees retired maps and runs deferred callbacks; it does not.
 */
import { BpfError } from './errors.js';
import { AbortError, abortErrorOf, TimeoutError } from './grace-periods/errors.js';
import { isInSection } from '../shared/sections.js';
import { EventWord, type GraceArena } from './grace-periods/event-word.js';
import { nodeScheduler, type Scheduler } from './grace-periods/scheduler.js';
import { type SlotDirectory, type StallReport, StallWatch } from './stalls.js';

export { AbortError, TimeoutError } from './grace-periods/errors.js';
export type { GraceArena } from './grace-periods/event-word.js';
export type { ArmedTimer, EventWait, Scheduler } from './grace-periods/scheduler.js';
export type { SlotDirectory, StallReport } from './stalls.js';

export interface WaitOptions {
  /** Give up when it fires: the wait rejects with AbortError (TimeoutError for `AbortSignal.timeout()`). */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the wait rejects with TimeoutError. None by default. */
  timeout?: number | undefined;
}

export interface GracePeriodHooks extends SlotDirectory {
  /** A reader has held up a grace period for `stallAfter` ms, and again each time its age has doubled. */
  onStall?(report: StallReport): void;
  /** A deferred callback threw. By default the error is thrown as an uncaught exception. */
  onError?(error: unknown): void;
  /** Milliseconds; 1000 by default. */
  stallAfter?: number;
  scheduler?: Scheduler;
}

interface Wait {
  readonly stamp: number;
  readonly settle: (error?: Error) => void;
}

interface Deferred {
  readonly stamp: number;
  readonly callback: () => void;
}

/**
 * Rounds that `barrier()` waits at most. What a callback retires is waited for too, and the longest chain of
 * owners is: program, outer map, inner map.
 */
const BARRIER_ROUNDS = 3;
/** Bytes of retired maps that need not be freed before the caller goes on. */
const FREED_LATER = 262_144;
/** Waits that may be over at once, one after the other, before one takes a turn of the event loop. */
const AT_ONCE = 64;
/**
 * Turns of the event loop, a few microseconds each, in which a new wait of a caller is looked at before main sleeps until
 * a reader wakes it: most sections are over before a thread could be woken.
 */
const LOOKS = 32;

export class GracePeriods {
  readonly #arena: GraceArena;
  readonly #scheduler: Scheduler;
  readonly #hooks: GracePeriodHooks;
  readonly #event: EventWord;
  readonly #stalls: StallWatch;
  /** Callers' waits, ascending by stamp. */
  readonly #waits: Wait[] = [];
  #deferred: Deferred[] = [];
  /** Stamp of the background wait; 0 = none. */
  #background = 0;
  /** Latest epoch at which a deferred callback retired or deferred something; 0 = never. */
  #descendants = 0;
  #settling = false;
  #kickDue = false;
  /** Waits since the last turn of the event loop that were over at once. */
  #atOnce = 0;
  /** Turns of the event loop in which the waits are still to be looked at before sleeping. */
  #looks = 0;
  #lookDue = false;
  #runningCallbacks = false;
  #closed: Error | undefined;

  constructor(arena: GraceArena, hooks: GracePeriodHooks = {}) {
    this.#arena = arena;
    this.#hooks = hooks;
    this.#scheduler = hooks.scheduler ?? nodeScheduler();
    this.#event = new EventWord(arena, this.#scheduler, () => this.#advance());
    this.#stalls = new StallWatch(arena.core, {
      stallAfter: hooks.stallAfter ?? 1000,
      scheduler: this.#scheduler,
      directory: hooks,
      report: (report) => hooks.onStall?.(report),
    });
  }

  /** Waits of callers that have not settled, for statistics. */
  get waiting(): number {
    return this.#waits.length;
  }

  /**
   * Resolves when every read-side section that was running at the call has ended. Nothing that was unlinked
   * before the call is seen by any reader afterwards. Throws EDEADLK inside a section of this thread.
   */
  synchronize(options: WaitOptions = {}): Promise<void> {
    this.checkOutside('synchronize');
    return this.waitFor(this.#arena.core.readEpoch(), options, 'synchronize');
  }

  /**
   * Resolves when every map retired before the call has been freed and every callback deferred before it has
   * run, including what those callbacks retired and deferred in turn. Throws EDEADLK inside a section.
   */
  barrier(options: WaitOptions = {}): Promise<void> {
    this.checkOutside('barrier');
    return this.#barrier(options);
  }

  /** Resolves when `stamp` (from `core.readEpoch()`, read after the unlinking) is quiesced. Throws EDEADLK inside a section. */
  waitFor(stamp: number, options: WaitOptions = {}, what = 'waitFor'): Promise<void> {
    this.checkOutside(what);
    const { signal, timeout } = options;
    checkTimeout(timeout, what);
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(abortErrorOf(signal, what));
    // Scanning for each new stamp advances the epoch at once: readers that start from now on do not block it.
    if (this.#arena.core.quiescedPast(stamp) === 1) return this.turn();
    return new Promise((resolve, reject) => {
      const wait: Wait = {
        stamp,
        settle: (error) => {
          signal?.removeEventListener('abort', abort);
          timer?.cancel();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const abort = () => this.#giveUp(wait, abortErrorOf(signal as AbortSignal, what));
      const expired = () => this.#giveUp(wait, new TimeoutError(`${what}: readers still running after ${timeout} ms`));
      const timer = timeout === undefined ? undefined : this.#scheduler.after(timeout, expired);
      signal?.addEventListener('abort', abort, { once: true });
      this.#enqueue(wait);
      this.#looks = this.#scheduler.soon === undefined ? 0 : LOOKS;
      this.#advance();
    });
  }

  /**
   * Free what is ripe now, and see to it that the rest is freed when its readers have left. To be called
   * after each `core.mapRetire()`. Never blocks; does not keep the process alive.
   */
  kick(): void {
    this.#noteDescendants();
    this.#reap();
    this.#arm();
    this.#advance();
  }

  /**
   * `kick()` in a microtask, so that publishing a map does not pay for it. What is ripe is freed now if it is more than
   * a little, or the second time in a turn, so that a loop that never returns to the event loop has its memory back.
   */
  kickSoon(): void {
    if (this.#runningCallbacks) {
      this.kick();
      return;
    }
    const { core } = this.#arena;
    if (this.#kickDue || core.retiredBytes() > FREED_LATER) core.mapReap();
    if (this.#kickDue || (core.retiredMaps() === 0 && this.#deferred.length === 0)) return;
    this.#kickDue = true;
    queueMicrotask(() => {
      this.#kickDue = false;
      if (this.#closed === undefined) this.kick();
    });
  }

  /**
   * To be awaited where nothing else needs waiting: mostly resolved already, but now and then only after a turn of the
   * event loop, since a loop over resolved promises would starve timers and messages.
   */
  turn(): Promise<void> {
    const { soon } = this.#scheduler;
    if (++this.#atOnce < AT_ONCE || soon === undefined) return Promise.resolve();
    this.#atOnce = 0;
    return new Promise((resolve) => soon(resolve));
  }

  /**
   * Call `callback` after a grace period, in the order of the calls, never inside this call. It may retire and
   * defer, and must not throw.
   */
  defer(callback: () => void): void {
    this.#deferred.push({ stamp: this.#arena.core.readEpoch(), callback });
    this.#noteDescendants();
    queueMicrotask(() => {
      this.#arm();
      this.#advance();
    });
  }

  /** Run all waits again: after the recovery of a dead thread's slot, and after every trap. */
  workerExited(): void {
    this.#advance();
  }

  /** Reject the pending waits and let go of the arena. Later waits reject too. */
  close(): void {
    if (this.#closed !== undefined) return;
    this.#closed = new AbortError('the runtime was closed while a grace period was awaited');
    this.#event.close();
    this.#stalls.idle();
    this.#background = 0;
    if (this.#waits.length > 0) this.#scheduler.release();
    for (const wait of this.#waits.splice(0)) wait.settle(this.#closed);
  }

  /** Throws EDEADLK when this thread is in a read-side section: a wait would wait for itself. */
  checkOutside(what: string): void {
    if (this.#arena.core.sectionDepth() === 0 && !isInSection(this.#arena.i32.buffer)) return;
    throw new BpfError('EDEADLK', what, `${what}() inside a read-side section would wait for itself: call it outside`);
  }

  async #barrier(options: WaitOptions): Promise<void> {
    const { timeout, signal } = options;
    const deadline = timeout === undefined ? undefined : this.#scheduler.now() + timeout;
    let stamp = this.#arena.core.readEpoch();
    for (let round = 0; round < BARRIER_ROUNDS; round++) {
      const left = deadline === undefined ? undefined : Math.max(0, deadline - this.#scheduler.now());
      await this.waitFor(stamp, { signal, timeout: left }, 'barrier');
      this.#reap();
      if (this.#descendants <= stamp) break;
      stamp = this.#descendants;
    }
    this.#arm();
    this.#advance();
  }

  #enqueue(wait: Wait): void {
    if (this.#waits.length === 0) this.#scheduler.hold();
    let index = this.#waits.length;
    while (index > 0 && (this.#waits[index - 1] as Wait).stamp > wait.stamp) index--;
    this.#waits.splice(index, 0, wait);
  }

  #giveUp(wait: Wait, error: Error): void {
    const index = this.#waits.indexOf(wait);
    if (index < 0) return;
    this.#waits.splice(index, 1);
    this.#settleWait(wait, error);
    this.#advance();
  }

  /** `wait` has just left the list. */
  #settleWait(wait: Wait, error?: Error): void {
    if (this.#waits.length === 0) this.#scheduler.release();
    wait.settle(error);
  }

  /** Settle pending stamps, the smallest first, until one is blocked (armed then) or none is left. */
  #advance(): void {
    // A callback that retires calls this from inside of #reap(), whose caller goes on with what is left.
    if (this.#settling || this.#runningCallbacks || this.#closed !== undefined) return;
    this.#settling = true;
    try {
      for (;;) {
        const stamp = this.#smallest();
        if (stamp === 0) {
          this.#event.disarm();
          this.#stalls.idle();
          return;
        }
        if (this.#looks > 0 && this.#waits.length > 0) {
          if (this.#arena.core.quiescedPast(stamp) !== 1) {
            this.#lookSoon();
            return;
          }
        } else if (!this.#event.quiescedOrArmed(stamp)) {
          this.#stalls.watch(stamp);
          return;
        }
        this.#settle(stamp);
      }
    } finally {
      this.#settling = false;
    }
  }

  /** Fact 7 of event-word.ts. */
  #lookSoon(): void {
    if (this.#lookDue) return;
    this.#lookDue = true;
    this.#scheduler.soon?.(() => {
      this.#lookDue = false;
      this.#looks--;
      this.#advance();
    });
  }

  #smallest(): number {
    const first = this.#waits[0]?.stamp ?? 0;
    if (first === 0 || this.#background === 0) return first + this.#background;
    return Math.min(first, this.#background);
  }

  #settle(stamp: number): void {
    if (this.#background !== 0 && this.#background <= stamp) {
      this.#background = 0;
      this.#reap();
      this.#arm();
    }
    for (let wait = this.#waits[0]; wait !== undefined && wait.stamp <= stamp; wait = this.#waits[0]) {
      this.#waits.shift();
      this.#settleWait(wait);
    }
  }

  /**
   * Start the background wait if there is something to free. Its stamp is read now, after every retire so
   * far, so that one wait serves them all; what is retired while it is pending takes the next one.
   */
  #arm(): void {
    if (this.#closed !== undefined) return;
    const { core } = this.#arena;
    if (core.retiredMaps() === 0 && this.#deferred.length === 0) this.#background = 0;
    else if (this.#background === 0) this.#background = core.readEpoch();
  }

  /** Free ripe maps and run ripe callbacks, in the order in which they were deferred. */
  #reap(): void {
    const { core } = this.#arena;
    core.mapReap();
    if (this.#runningCallbacks) return;
    this.#runningCallbacks = true;
    let first = this.#deferred[0];
    while (first !== undefined && core.quiescedPast(first.stamp) === 1) {
      this.#deferred.shift();
      this.#run(first.callback);
      first = this.#deferred[0];
    }
    this.#runningCallbacks = false;
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      if (this.#hooks.onError) this.#hooks.onError(error);
      else {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #noteDescendants(): void {
    if (this.#runningCallbacks) this.#descendants = this.#arena.core.readEpoch();
  }
}

function checkTimeout(timeout: number | undefined, what: string): void {
  if (timeout === undefined || (typeof timeout === 'number' && timeout >= 0)) return;
  throw new RangeError(`${what}: option timeout: given ${timeout}, expected milliseconds, 0 or more`);
}
