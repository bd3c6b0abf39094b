import type { Arena } from '../../shared/arena.js';
import { ProgramType } from '../../shared/uapi.js';
import { LOOP_WORDS, type TaskResult } from '../../workers/protocol.js';
import { allocate, Batch, type BatchOptions } from './batch.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import { errorOf, workerDied } from './errors.js';
import type { PoolThreads } from './threads.js';

/** Smallest frame that has an Ethernet header. */
const ETHERNET_HEADER = 14;
/** Packets a task by default: large enough that the task's own 18 µs do not count. */
const BATCH_SIZE = 512;

export interface RunOptions {
  /** Ends the run: the threads that are at it are stopped and replaced. */
  signal?: AbortSignal;
  /** Called after each batch. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Packets of one task. Default 512. */
  batchSize?: number;
  /** Give the packets back as the program left them. Default true. */
  returnPackets?: boolean;
}

export interface RunResult {
  /** Low 32 bits of r0, one for each packet, in their order. */
  verdicts: Uint32Array;
  /** The packets as the program left them; empty with `returnPackets: false`. */
  packets: Uint8Array[];
}

export interface RunRequest {
  programId: number;
  programType: number;
  packets: readonly Uint8Array[];
  options: RunOptions;
}

export interface RunContext {
  arena: Arena;
  threads: PoolThreads;
  /** Keep the pool from closing before this has settled. */
  background(work: Promise<void>): void;
}

/** Run a program over packets, a task a batch. The first failure ends the run. */
export class BatchedRun {
  readonly #context: RunContext;
  readonly #request: RunRequest;
  readonly #result: RunResult;
  readonly #batchSize: number;
  /** Ours, not the caller's: the threads to wait for are those that go when we abort. */
  readonly #controller = new AbortController();
  /** Shared words that tell the workers to leave the rest of a failed run alone. */
  readonly #words: number;
  #next = 0;
  #done = 0;
  #failure: Error | null = null;
  #reject: (error: Error) => void = () => undefined;

  constructor(context: RunContext, request: RunRequest) {
    checkPackets(request);
    this.#context = context;
    this.#request = request;
    this.#batchSize = Math.max(1, request.options.batchSize ?? BATCH_SIZE);
    this.#result = { verdicts: new Uint32Array(request.packets.length), packets: [] };
    this.#words = allocate(context.arena, LOOP_WORDS.size, 'the words of a run');
  }

  /** Rejects at the first failure; what is still under way then ends in the background, `release` is called after it. */
  finish(release?: () => void): Promise<RunResult> {
    const { signal } = this.#request.options;
    const onAbort = () => signal && this.#abort(signal);
    signal?.addEventListener('abort', onAbort, { once: true });
    // Two tasks a thread keep all of them busy without holding every batch in memory at once.
    const lanes = Array.from({ length: 2 * this.#context.threads.size }, () => this.#lane());
    const settled = Promise.all(lanes).then(async () => {
      signal?.removeEventListener('abort', onAbort);
      if (this.#failure) await this.#context.threads.departed();
      this.#context.arena.core.memoryFree(this.#words);
      release?.();
    });
    this.#context.background(settled);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (signal?.aborted) this.#abort(signal);
      void settled.then(() => resolve(this.#result));
    });
  }

  async #lane(): Promise<void> {
    while (this.#failure === null && this.#next < this.#request.packets.length) {
      const first = this.#next;
      this.#next += this.#batchSize;
      try {
        await this.#batch(first);
      } catch (error) {
        this.#fail(error as Error);
      }
    }
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    Atomics.store(this.#context.arena.i32, (this.#words + LOOP_WORDS.stop) / 4, 1);
    this.#reject(error);
  }

  async #batch(first: number): Promise<void> {
    const { arena, threads } = this.#context;
    const { packets, programId, programType, options } = this.#request;
    const part = packets.slice(first, first + this.#batchSize);
    const batch = new Batch(arena, part, batchOptions(programType, options.returnPackets ?? true));
    const task = { kind: 'run', programId, batch: batch.address, count: part.length, words: this.#words } as const;
    let result: TaskResult;
    try {
      result = await threads.run(task, this.#controller.signal);
    } catch (cause) {
      // The thread may still be writing the batch: its memory is ours again after the thread's exit.
      this.#context.background(threads.departed().then(() => batch.free()));
      throw workerDied(cause);
    }
    try {
      if (!result.ok) throw errorOf(result.failure, first);
      this.#take(batch, first);
    } finally {
      batch.free();
    }
  }

  #take(batch: Batch, first: number): void {
    const { packets, options } = this.#request;
    for (let index = 0; index < batch.count; index++) {
      this.#result.verdicts[first + index] = batch.verdict(index);
      if (options.returnPackets ?? true) this.#result.packets[first + index] = batch.packet(index);
    }
    this.#done += batch.count;
    options.onProgress?.({ done: this.#done, total: packets.length });
  }

  #abort(signal: AbortSignal): void {
    this.#fail(abortErrorOf(signal, 'run'));
    this.#controller.abort(signal.reason);
    this.#context.threads.adopt();
  }
}

/** Context of a packet as PROG_TEST_RUN makes it: XDP came in on interface 1. */
export function batchOptions(programType: number, copyBack: boolean): BatchOptions {
  return programType === ProgramType.XDP ? { copyBack, arg0: 1 } : { copyBack };
}

function checkPackets(request: RunRequest): void {
  const { packets, programType } = request;
  packets.forEach((packet, index) => {
    if (!(packet instanceof Uint8Array)) {
      throw new TypeError(`packets[${index}]: expected a Uint8Array, got ${typeof packet}`);
    }
    if (programType !== ProgramType.XDP && packet.length < ETHERNET_HEADER) {
      throw new RangeError(
        `packets[${index}]: ${packet.length} bytes; a program over socket buffers needs a whole Ethernet header ` +
          `(${ETHERNET_HEADER} bytes)`,
      );
    }
  });
}
