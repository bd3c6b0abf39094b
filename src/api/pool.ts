import type { Arena } from '../shared/arena.js';
import type { InstalledProgram, MainControl, PrintkLine, WorkerStatistics } from '../workers/protocol.js';
import { STATISTICS } from '../workers/protocol.js';
import { ThreadStatistics } from '../workers/statistics.js';
import { allocate } from './pool/batch.js';
import { PoolError, poolClosed, ProgramTrapError } from './pool/errors.js';
import { Loop, type LoopOptions } from './pool/loop.js';
import type { PoolMember } from './pool/member.js';
import { BatchedRun, type RunContext, type RunOptions, type RunResult } from './pool/run.js';
import { PoolThreads } from './pool/threads.js';

export type { LoopOptions, LoopResult } from './pool/loop.js';
export { Loop } from './pool/loop.js';
export type { RunOptions, RunResult } from './pool/run.js';

/** What the pool tells the rest of the runtime. None of these may throw. */
export interface PoolHooks {
  printk?(lines: PrintkLine[], worker: { threadId: number }): void;
  /** A thread is up (at the start, or as a replacement). */
  workerReady?(worker: WorkerPlace): void;
  workerExit?(worker: { threadId: number; slot: number | null }): void;
  /** A dead thread's slot is recovered, or a trap left its section: whoever waits for readers looks again. */
  readersLeft?(): void;
  trap?(error: ProgramTrapError): void;
  error?(error: Error): void;
}

export interface PoolOptions {
  arena: Arena;
  workers: number;
  hooks?: PoolHooks;
  /** Milliseconds within which every thread must be up. Default 10,000. */
  readyTimeout?: number;
  /** Bound of a worker's lock waits, milliseconds. Default 250. */
  lockTimeout?: number;
  /** A batch's read-side sections are kept below about this long. Default 20,000 ns. */
  sectionNanoseconds?: number;
}

export interface WorkerPlace {
  threadId: number;
  slot: number;
  cpu: number;
}

export type Counters = ReturnType<ThreadStatistics['read']>;
export type WorkerReport = WorkerPlace & Counters;

/** What `run` and `loop` need to know of a program. */
export interface RunnableProgram {
  id: number;
  type: number;
  /** Called when the run begins; what it gives back, once no thread is at it any more. */
  hold?(): () => void;
}

/**
 * The worker threads that run programs. Piscina owns them: one run over a batch is one task. Control goes over
 * Comlink. A thread that dies is replaced, its slot recovered after its exit, its task rejected.
 */
export class Pool {
  readonly #arena: Arena;
  readonly #hooks: PoolHooks;
  readonly #threads: PoolThreads;
  readonly #readyTimeout: number;
  readonly #statistics: number;
  readonly #programs = new Map<number, InstalledProgram>();
  /** Counters of a slot when its present holder took it. */
  readonly #baselines = new Map<number, Counters>();
  readonly #background = new Set<Promise<void>>();
  #started: Promise<void> | null = null;
  #destroyed: Promise<void> | null = null;

  /** Start the threads and wait until each is up. Rejects with code ERR_INNERMAP_WORKER_START if they do not come. */
  static async create(options: PoolOptions): Promise<Pool> {
    const pool = new Pool(options);
    try {
      await pool.ready();
    } catch (error) {
      await pool.destroy();
      throw error;
    }
    return pool;
  }

  private constructor(options: PoolOptions) {
    const {
      arena,
      workers,
      hooks = {},
      readyTimeout = 10_000,
      lockTimeout = 250,
      sectionNanoseconds = 20_000,
    } = options;
    this.#arena = arena;
    this.#hooks = hooks;
    this.#readyTimeout = readyTimeout;
    this.#statistics = allocate(arena, arena.core.slotCount() * STATISTICS.size, 'the statistics of the pool');
    this.#threads = new PoolThreads({
      arena,
      workers,
      workerData: { arena: arena.handle, statistics: this.#statistics, lockTimeout, sectionNanoseconds },
      hooks: {
        mainControl: (member) => this.#mainControl(member),
        ready: (member) => this.#welcome(member),
        exited: (member) => hooks.workerExit?.({ threadId: member.threadId, slot: member.hello?.slot ?? null }),
        reclaimed: () => hooks.readersLeft?.(),
        failed: (error) => hooks.error?.(error),
      },
    });
  }

  /** Threads that are up now, replacements included. */
  get workers(): WorkerPlace[] {
    return this.#threads.up.flatMap((member) => placeOf(member) ?? []);
  }

  get size(): number {
    return this.#threads.size;
  }

  /** The worker that holds this reader slot, or null: names a stalled reader. */
  workerOfSlot(slot: number): WorkerPlace | null {
    const member = this.#threads.members.ofSlot(slot);
    return member ? placeOf(member) : null;
  }

  /** Every thread is up. Keeps the process alive until then. */
  ready(): Promise<void> {
    this.#started ??= this.#threads.ready(this.#readyTimeout).finally(() => {
      this.#started = null;
    });
    return this.#started;
  }

  /** Post the program to every worker. Runs may name it at once: they find it on their port. */
  install(program: InstalledProgram): void {
    this.#programs.set(program.id, program);
    for (const member of this.#threads.up) this.#send(member, program);
  }

  /** Nothing runs the program any more: the workers forget it. */
  uninstall(programId: number): void {
    if (!this.#programs.delete(programId)) return;
    for (const member of this.#threads.up) {
      member.call('uninstall', programId).catch((error: Error) => this.#unlessGone(member, error));
    }
  }

  /**
   * Run a program over packets. Rejects with AbortError (its threads are replaced), ProgramTrapError (the
   * worker lives on), or code ERR_INNERMAP_WORKER_DIED.
   */
  async run(program: RunnableProgram, packets: readonly Uint8Array[], options: RunOptions = {}): Promise<RunResult> {
    const run = new BatchedRun(this.#context(), {
      programId: program.id,
      programType: program.type,
      packets,
      options,
    });
    return this.#reporting(run.finish(program.hold?.()));
  }

  /** Have one worker replay the packets until the loop is stopped. */
  loop(program: RunnableProgram, packets: readonly Uint8Array[], options: LoopOptions = {}): Loop {
    const loop = new Loop(this.#context(), program, packets, options);
    this.#reporting(loop.done).catch(() => undefined);
    return loop;
  }

  /** Counters of each worker since it started, read from shared memory at once. */
  report(): WorkerReport[] {
    return this.workers.map((place) => {
      const now = this.#counters(place.slot);
      const base = this.#baselines.get(place.slot);
      return { ...place, ...(base ? subtract(now, base) : now) };
    });
  }

  /** Sum over all workers that ever were. */
  totals(): Counters {
    const total: Counters = { packets: 0, runs: 0, nanoseconds: 0, traps: 0, droppedLines: 0 };
    for (let slot = 0; slot < this.#arena.core.slotCount(); slot++) {
      const counters = this.#counters(slot);
      for (const name of Object.keys(total) as (keyof Counters)[]) total[name] += counters[name];
    }
    return total;
  }

  /** Ask a worker over Comlink. Rejects with ERR_INNERMAP_WORKER_DIED when it ends before it answers. */
  async statisticsOf(threadId: number): Promise<WorkerStatistics> {
    return this.#member(threadId).call('statistics');
  }

  async ping(threadId: number): Promise<'pong'> {
    return this.#member(threadId).call('ping');
  }

  /** Stop a thread at once, as a crash would. Settles at its exit; it is replaced. */
  async kill(threadId: number): Promise<void> {
    const member = this.#member(threadId);
    await member.worker.terminate();
    await member.reclaimed;
  }

  /** End every thread, whatever it runs, and reclaim what they held. Runs under way reject. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#end();
    return this.#destroyed;
  }

  async #end(): Promise<void> {
    await this.#threads.destroy();
    while (this.#background.size > 0) await Promise.all(this.#background);
    this.#arena.core.memoryFree(this.#statistics);
  }

  #context(): RunContext {
    if (this.#destroyed) throw poolClosed();
    return { arena: this.#arena, threads: this.#threads, background: (work) => this.#keep(work) };
  }

  #keep(work: Promise<void>): void {
    const kept = work.catch((error: Error) => this.#hooks.error?.(error)).finally(() => this.#background.delete(kept));
    this.#background.add(kept);
  }

  async #reporting<T>(run: Promise<T>): Promise<T> {
    try {
      return await run;
    } catch (error) {
      if (error instanceof ProgramTrapError) {
        this.#hooks.readersLeft?.();
        this.#hooks.trap?.(error);
      }
      if (this.#destroyed && (error as PoolError).code === 'ERR_INNERMAP_WORKER_DIED') throw poolClosed();
      throw error;
    }
  }

  /** Before Piscina hears that the thread is ready: its first task finds the programs on its port. */
  #welcome(member: PoolMember): void {
    const place = placeOf(member);
    if (place === null) return;
    this.#baselines.set(place.slot, this.#counters(place.slot));
    for (const program of this.#programs.values()) this.#send(member, program);
    this.#hooks.workerReady?.(place);
  }

  #send(member: PoolMember, program: InstalledProgram): void {
    member.call('install', program).then(
      (failure) => {
        if (failure) this.#hooks.error?.(new PoolError(failure.code, failure.message));
      },
      (error: Error) => this.#unlessGone(member, error),
    );
  }

  /** A thread that has ended needs neither programs nor their removal. */
  #unlessGone(member: PoolMember, error: Error): void {
    if (member.alive) this.#hooks.error?.(error);
  }

  #mainControl(member: PoolMember): MainControl {
    return {
      printk: (lines) => {
        try {
          this.#hooks.printk?.(lines, { threadId: member.threadId });
        } catch (error) {
          // It must not go back to the worker, which is not at fault.
          this.#hooks.error?.(error as Error);
        }
      },
    };
  }

  #member(threadId: number): PoolMember {
    const member = this.#threads.members.ofThread(threadId);
    if (member) return member;
    const known = this.workers.map((place) => place.threadId).join(', ') || 'none';
    throw new PoolError('ERR_INNERMAP_WORKER_DIED', `no worker with threadId ${threadId}; those that are up: ${known}`);
  }

  #counters(slot: number): Counters {
    return new ThreadStatistics(this.#arena.memory.buffer, this.#statistics, slot).read();
  }
}

function placeOf(member: PoolMember): WorkerPlace | null {
  const { hello } = member;
  return hello === null ? null : { threadId: member.threadId, slot: hello.slot, cpu: hello.cpu };
}

function subtract(now: Counters, base: Counters): Counters {
  const result = { ...now };
  for (const name of Object.keys(result) as (keyof Counters)[]) result[name] -= base[name];
  return result;
}
