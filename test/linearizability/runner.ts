/** Random histories of one map type: made by real threads, checked here. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Arena } from '#dist/shared/arena.js';
import { testArena } from '../core/support.js';
import { type Call, linearization, type Model, overlap, show } from './checker.js';
import { isRead, readySubject, type Subject } from './subjects.js';
import { type Batch, CALL_WORDS, CALLS, callWord, type ThreadData } from './thread.js';

const THREADS = 4;
const HISTORIES = 50;
const MOST_CALLS = 16;
/** Share of calls that stop for a moment at one of their steps, so that others fall into them. */
const DELAYED = 0.35;
const MOST_STEPS = 24;

export interface Outcome {
  readonly histories: number;
  /** Histories in which calls of two threads on one key were under way at once, one of them a write. */
  readonly overlapping: number;
  /** The first history that no order explains. */
  readonly failure: string | null;
}

export class HistoryRunner {
  readonly #arena: Arena;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * (CALLS + HISTORIES * MOST_CALLS * CALL_WORDS)));
  readonly #workers: Worker[] = [];
  #arrivals = 0;
  #random: () => number;

  private constructor(build: string, seed: number) {
    this.#arena = testArena({ bytes: 1 << 26, slots: THREADS + 2, cpus: 1, build });
    this.#random = randomFrom(seed);
  }

  static async create(build = 'core-steps', seed = 1): Promise<HistoryRunner> {
    const runner = new HistoryRunner(build, seed);
    for (let thread = 0; thread < THREADS; thread++) {
      const workerData: ThreadData = { handle: runner.#arena.handle, thread, words: runner.#words };
      const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData });
      runner.#workers.push(worker);
      await once(worker, 'message');
    }
    return runner;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** At least `least` histories, and as many as it takes for half of them to overlap; ends at `deadline` or a failure. */
  async run(subject: Subject, least: number, deadline = Number.POSITIVE_INFINITY): Promise<Outcome> {
    let histories = 0;
    let overlapping = 0;
    while (histories < least || 2 * overlapping < histories) {
      if (performance.now() > deadline) break;
      const batch = await this.#batch(subject);
      for (let history = 0; history < batch.maps.length; history++) {
        const calls = this.#calls(batch, history);
        histories++;
        if (overlaps(calls)) overlapping++;
        const model = { ...subject.model, start: subject.start ?? subject.model.start };
        if (linearization(calls, model) === null) {
          return { histories, overlapping, failure: `${subject.name}:\n${show(smallest(calls, model))}` };
        }
      }
    }
    return { histories, overlapping, failure: null };
  }

  async #batch(subject: Subject): Promise<Batch> {
    // Two threads have a processor each; more of them meet in ways that two cannot.
    const threads = this.#random() < 0.7 ? 2 : 3 + Math.floor(this.#random() * 2);
    const calls = Math.floor(MOST_CALLS / threads);
    const maps = Array.from({ length: HISTORIES }, () => readySubject(this.#arena, subject));
    const batch: Batch = { subject: subject.name, maps, threads, calls, arrivals: this.#arrivals };
    this.#arrivals += HISTORIES * threads;
    for (let history = 0; history < HISTORIES; history++) {
      for (let thread = 0; thread < threads; thread++) {
        for (let call = 0; call < calls; call++) this.#plan(subject, callWord(batch, history, thread, call), thread);
      }
    }
    const done = this.#workers.map((worker) => once(worker, 'message'));
    for (const worker of this.#workers) worker.postMessage(batch);
    await Promise.all(done);
    for (const map of maps) this.#arena.core.mapRetire(map);
    this.#arena.core.mapReap();
    return batch;
  }

  #lastValue = 0;

  #plan(subject: Subject, at: number, thread: number): void {
    const readsOnly = subject.oneWriter === true && thread !== 0;
    const kinds = readsOnly ? subject.kinds.filter(isRead) : subject.kinds;
    const key = this.#random() < (subject.hot ?? 0.75) ? 0 : Math.floor(this.#random() * subject.keys);
    this.#lastValue = (this.#lastValue % 30_000) + 1;
    const kind = kinds[Math.floor(this.#random() * kinds.length)] as number;
    const delayedAt = this.#random() < DELAYED ? 1 + Math.floor(this.#random() ** 2 * MOST_STEPS) : 0;
    this.#words.set([kind, key, this.#lastValue, 0, 0, 0, delayedAt], at);
  }

  #calls(batch: Batch, history: number): Call[] {
    const found: Call[] = [];
    for (let thread = 0; thread < batch.threads; thread++) {
      for (let index = 0; index < batch.calls; index++) {
        const at = callWord(batch, history, thread, index);
        const [kind, key, value, invoked, returned, result] = this.#words.subarray(at, at + CALL_WORDS);
        found.push({ thread, kind, key, value, invoked, returned, result } as Call);
      }
    }
    return found;
  }
}

function overlaps(calls: readonly Call[]): boolean {
  return calls.some((a) => calls.some((b) => a.key === b.key && !(isRead(a.kind) && isRead(b.kind)) && overlap(a, b)));
}

/** The shortest beginning, by the time of return, that no order explains. */
function smallest(calls: readonly Call[], model: Model): readonly Call[] {
  const sorted = [...calls].sort((a, b) => a.returned - b.returned);
  for (let length = 1; length < sorted.length; length++) {
    const end = (sorted[length - 1] as Call).returned;
    // What had begun by then may have had its effect.
    const part = sorted.filter((call, index) => index < length || call.invoked < end);
    if (linearization(part, model) === null) return part;
  }
  return calls;
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
