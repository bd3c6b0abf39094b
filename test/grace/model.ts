/**
 * A model of the core's epoch words, one JavaScript statement per shared access, and a clock that a test
 * moves by hand: for interleavings that the real core, whose calls cannot be entered, does not allow.
 */
import type { ArmedTimer, EventWait, GraceArena, Scheduler } from '#dist/api/grace-periods.js';

const EVENT = 0;

/** A reader's steps: leave() in the order of the core. */
export class ModelReader {
  readonly #model: ModelCore;
  readonly slot: number;
  #own = 0;
  #awaited = 0;

  constructor(model: ModelCore, slot: number) {
    this.#model = model;
    this.slot = slot;
  }

  enter(): this {
    this.#own = this.#model.epoch;
    this.#model.slots[this.slot] = this.#own;
    return this;
  }

  /** leave(), one shared access at a time. */
  readonly steps: readonly (() => void)[] = [
    () => {
      this.#model.slots[this.slot] = 0; // [W2] a reader clears its slot before it loads the awaited epoch
    },
    () => {
      this.#awaited = this.#model.awaited;
    },
    () => {
      if (this.#own <= this.#awaited) Atomics.add(this.#model.i32, EVENT, 1);
    },
    () => {
      if (this.#own <= this.#awaited) Atomics.notify(this.#model.i32, EVENT);
    },
  ];

  leave(): void {
    for (const step of this.steps) step();
  }

  /** The thread dies in its section; recovery clears the slot and wakes nobody. */
  dieAndRecover(): void {
    this.#model.slots[this.slot] = 0;
  }
}

export class ModelCore {
  readonly i32 = new Int32Array(new SharedArrayBuffer(64));
  readonly slots: number[];
  readonly retired: { stamp: number }[] = [];
  epoch = 1;
  awaited = 0;
  freed = 0;
  depth = 0;
  /** Called before each call of the waiting loop, and between a scan and what follows it. */
  before: (call: 'awaitEpoch' | 'quiescedPast' | 'scanned' | 'waitAsync') => void = () => {};

  constructor(slots = 4) {
    this.slots = new Array(slots).fill(0);
  }

  reader(slot: number): ModelReader {
    return new ModelReader(this, slot);
  }

  retire(): void {
    this.retired.push({ stamp: this.epoch });
  }

  readonly #scan = (stamp: number): number => {
    if (this.epoch === stamp) this.epoch++;
    return this.slots.some((epoch) => epoch !== 0 && epoch <= stamp) ? 0 : 1;
  };

  readonly #reap = (): number => {
    let count = 0;
    while (this.retired[0] !== undefined && this.#scan(this.retired[0].stamp) === 1) {
      this.retired.shift();
      count++;
    }
    this.freed += count;
    return count;
  };

  readonly arena: GraceArena = {
    i32: this.i32,
    core: {
      awaitEpoch: (stamp) => {
        this.before('awaitEpoch');
        this.awaited = stamp;
      },
      quiescedPast: (stamp) => {
        this.before('quiescedPast');
        const quiesced = this.#scan(stamp);
        this.before('scanned');
        return quiesced;
      },
      eventAddress: () => EVENT * 4,
      mapReap: this.#reap,
      readEpoch: () => this.epoch,
      retiredBytes: () => this.retired.length * 4096,
      retiredMaps: () => this.retired.length,
      sectionDepth: () => this.depth,
      slotCount: () => this.slots.length,
      slotEpoch: (slot) => this.slots[slot] ?? 0,
      slotIncarnation: () => 1,
      slotKind: () => 2,
      slotProgram: (slot) => slot + 100,
    },
  };
}

/** Time stands still until `advance`; event waits are the engine's own. */
export class ManualScheduler implements Scheduler {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];
  holds = 0;
  #keeper: NodeJS.Timeout | undefined;
  readonly #model: ModelCore;

  constructor(model: ModelCore) {
    this.#model = model;
  }

  get armedTimers(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): ArmedTimer {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return { cancel: () => this.#remove(timer) };
  }

  hold(): void {
    this.holds++;
    this.#keeper ??= setInterval(() => {}, 1000);
  }

  release(): void {
    this.holds--;
    if (this.holds > 0) return;
    clearInterval(this.#keeper);
    this.#keeper = undefined;
  }

  waitAsync(words: Int32Array, index: number, value: number): EventWait {
    this.#model.before('waitAsync');
    const atomics = Atomics as unknown as Scheduler;
    return atomics.waitAsync(words, index, value);
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#remove(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }

  #remove(timer: { at: number; callback: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Let promise callbacks and event wake-ups run. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether `promise` has settled by now. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  await turns();
  return done;
}
