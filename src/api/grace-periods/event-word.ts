/**
 * Waiting for readers without polling: the main thread's half of the wake-up protocol.
 *
 * Words. `S[r]`: reader slot r, 0 outside a section, else the epoch at its start (written by r alone, and by
 * recovery once r is dead). `W`: the awaited stamp, 0 = none (written here alone). `E`: the event word
 * (incremented by leaving readers). All accesses are sequentially consistent, so they lie in one total order.
 *
 * Stamp t is *blocked* while some S[r] is in 1 … t. The main thread waits for the smallest pending stamp:
 *
 *     M1  W <- t                      R1  S <- 0
 *     M2  e <- E                      R2  w <- W
 *     M3  scan all S; done if clear   R3  if own S was <= w:  E <- E + 1
 *     M4  waitAsync(E, e)             R4                      notify(E)
 *
 * Claim: after a scan that found t blocked, and with no further call of any kind, M1 runs again once the
 * last blocking reader has left.
 *
 * Fact 1. If M3 read S[r] in 1 … t, that read precedes R1 of r's section. So M1 < M3 < R1 < R2, and r finds
 *   w >= t, hence executes R3 and R4, unless W has been changed in between. W changes only when t has been
 *   settled or given up, and nobody waits for it; or when an earlier stamp is awaited as well, and then t is
 *   not the smallest any more (Fact 4). [W1] is the pair of orders that this rests on.
 * Fact 2. R3 follows M3, hence M2: E differs from e from R3 on. M4 compares and enqueues under the word's
 *   waiter lock. If it enqueues before R4 takes that lock, R4 wakes it; else R3 came before M4's comparison,
 *   M4 reports 'not-equal' at once, and the loop goes back to M1. (E would have to be incremented 2^32 times
 *   between M2 and M4, which are a few instructions apart, to deceive it.)
 * Fact 3. One registered waiter is enough, and it may be older than M1. Until it is notified it stays in the
 *   queue, whatever value it was registered with; once it is notified its callback is due and starts at M1.
 * Fact 4. The smallest stamp is enough. A reader that blocks t blocks every later stamp, so none of these can
 *   settle before t does; and when t settles, the loop goes on to the next stamp from M1.
 * Fact 5. A reader may load G before the scan advanced it and store S after the scan has passed: a later scan
 *   may then find a new S <= t. It is a blocking reader like any other, and Fact 1 holds for the scan that
 *   finds it. Sections that load G later have S > t (the scan advances G past t), so this comes to an end.
 * Fact 6. The dead leave nothing undone: a thread that dies inside a section keeps its S, one that dies
 *   between R1 and R4 wakes nobody. Its exit handler recovers the slot and then runs all waits again
 *   (`workerExited`), as does the catch of every trap.
 * Fact 7. The loop may put M1 off while it has a call of its own to come (a turn of the event loop, of which it takes a
 *   bounded number): then that call scans, and after the last one M1 to M4 follow. Until M1 the old W stands, which
 *   costs a wake-up or none: no claim rests on it.
 */
import type { CoreExports } from '../../shared/core-exports.js';
import type { Scheduler } from './scheduler.js';

/** What of an arena the waits need. */
export interface GraceArena {
  readonly core: Pick<
    CoreExports,
    | 'awaitEpoch'
    | 'eventAddress'
    | 'mapReap'
    | 'quiescedPast'
    | 'readEpoch'
    | 'retiredBytes'
    | 'retiredMaps'
    | 'sectionDepth'
    | 'slotCount'
    | 'slotEpoch'
    | 'slotIncarnation'
    | 'slotKind'
    | 'slotProgram'
  >;
  readonly i32: Int32Array;
}

/** The event word of one arena, of which the main thread is the only waiter. */
export class EventWord {
  readonly #arena: GraceArena;
  readonly #scheduler: Scheduler;
  readonly #onWake: () => void;
  readonly #index: number;
  #awaited = 0;
  #registered = false;

  constructor(arena: GraceArena, scheduler: Scheduler, onWake: () => void) {
    this.#arena = arena;
    this.#scheduler = scheduler;
    this.#onWake = onWake;
    this.#index = arena.core.eventAddress() >>> 2;
  }

  /** True when no reader blocks `stamp`; else false, and `onWake` will be called once it may be so. */
  quiescedOrArmed(stamp: number): boolean {
    const { core, i32 } = this.#arena;
    for (;;) {
      core.awaitEpoch(stamp); // [W1] publish the awaited epoch before the scan, clear the slot before reading it: one sees the other
      this.#awaited = stamp;
      const event = Atomics.load(i32, this.#index);
      if (core.quiescedPast(stamp) === 1) return true;
      if (this.#registered) return false;
      const wait = this.#scheduler.waitAsync(i32, this.#index, event);
      if (!wait.async) continue;
      this.#registered = true;
      wait.value.then(() => {
        this.#registered = false;
        this.#onWake();
      });
      return false;
    }
  }

  /** Nothing is awaited any more: readers stop counting events. */
  disarm(): void {
    if (this.#awaited === 0) return;
    this.#awaited = 0;
    this.#arena.core.awaitEpoch(0);
  }

  /** Disarm, and let go of the pending wait, which would hold on to the arena's memory for good. */
  close(): void {
    this.disarm();
    if (this.#registered) Atomics.notify(this.#arena.i32, this.#index);
  }
}
