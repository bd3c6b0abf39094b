import type { Arena } from '../../shared/arena.js';
import { LOOP_WORDS, type TaskResult } from '../../workers/protocol.js';
import { allocate, Batch } from './batch.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import { errorOf, workerDied } from './errors.js';
import { batchOptions, type RunContext } from './run.js';

export interface LoopResult {
  packets: number;
  /** How many times the whole batch was run. */
  rounds: number;
  nanoseconds: number;
}

export interface LoopOptions {
  /** Ends the loop by stopping its thread. To end it in good order, call `stop()`. */
  signal?: AbortSignal;
}

export interface LoopProgram {
  id: number;
  type: number;
  hold?(): () => void;
}

/**
 * One worker that replays a prepared batch until it is told to stop. It is steered by words in shared memory,
 * and answers control calls between rounds.
 */
export class Loop {
  /** Settles when the loop has ended: with counts, or with the error that ended it. */
  readonly done: Promise<LoopResult>;
  readonly #arena: Arena;
  readonly #words: number;
  readonly #type: number;
  /** Programs that the loop may still be running. */
  readonly #releases: (() => void)[] = [];
  #ended = false;

  constructor(context: RunContext, program: LoopProgram, packets: readonly Uint8Array[], options: LoopOptions) {
    if (options.signal?.aborted) throw abortErrorOf(options.signal, 'loop');
    this.#arena = context.arena;
    const batch = new Batch(context.arena, packets, batchOptions(program.type, false));
    this.#words = allocateOrFree(context.arena, batch);
    this.#type = program.type;
    this.use(program);
    this.done = this.#run(context, batch, options.signal);
    // A loop that nobody waits for must not end the process when its worker dies; `done` still rejects.
    this.done.catch(() => undefined);
  }

  /** Run another program of the same type from the next round on. It must have been installed before. */
  use(program: LoopProgram): void {
    if (this.#ended) return;
    if (program.type !== this.#type) {
      throw new TypeError(`loop: given a program of type ${program.type}, expected type ${this.#type} as before`);
    }
    const release = program.hold?.();
    if (release) this.#releases.push(release);
    Atomics.store(this.#arena.i32, (this.#words + LOOP_WORDS.program) / 4, program.id);
  }

  /** Slot of the worker that runs the loop; -1 before it has begun. */
  get slot(): number {
    if (this.#ended) return -1;
    return Atomics.load(this.#arena.i32, (this.#words + LOOP_WORDS.owner) / 4) - 1;
  }

  /** Ask the worker to stop after its round, and wait for it. */
  stop(): Promise<LoopResult> {
    if (!this.#ended) Atomics.store(this.#arena.i32, (this.#words + LOOP_WORDS.stop) / 4, 1);
    return this.done;
  }

  async #run(context: RunContext, batch: Batch, signal?: AbortSignal): Promise<LoopResult> {
    const free = () => {
      this.#ended = true;
      batch.free();
      this.#arena.core.memoryFree(this.#words);
      for (const release of this.#releases) release();
    };
    const controller = new AbortController();
    const onAbort = () => {
      controller.abort(signal?.reason);
      context.threads.adopt();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    let result: TaskResult;
    try {
      const task = { kind: 'loop', batch: batch.address, count: batch.count, words: this.#words } as const;
      result = await context.threads.run(task, controller.signal);
    } catch (cause) {
      context.background(context.threads.departed().then(free));
      throw signal?.aborted ? abortErrorOf(signal, 'loop') : workerDied(cause);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    free();
    if (!result.ok) throw errorOf(result.failure);
    return { packets: result.packets, rounds: result.rounds, nanoseconds: result.nanoseconds };
  }
}

function allocateOrFree(arena: Arena, batch: Batch): number {
  try {
    return allocate(arena, LOOP_WORDS.size, 'the words of a loop');
  } catch (error) {
    batch.free();
    throw error;
  }
}
