import { Piscina } from 'piscina';
import {
  HELLO,
  type Hello,
  REFUSAL,
  type Refusal,
  type Task,
  type TaskResult,
  type WorkerData,
} from '../../workers/protocol.js';
import { PoolError } from './errors.js';
import type { PoolMember } from './member.js';
import { type MembersHooks, PoolMembers } from './members.js';
import type { Arena } from '../../shared/arena.js';

/** After this many threads in a row that failed to start, no more are started by themselves. */
const MAX_START_FAILURES = 5;

export interface ThreadsOptions {
  arena: Arena;
  workers: number;
  workerData: WorkerData;
  hooks: MembersHooks;
}

/**
 * Piscina and what it leaves to us: who is ready, replacements that it does not start, and an end that
 * leaves no thread behind.
 */
export class PoolThreads {
  readonly members: PoolMembers;
  readonly #size: number;
  readonly #piscina: Piscina<Task, TaskResult>;
  readonly #changed = new Set<() => void>();
  readonly #failed: (error: Error) => void;
  #startFailures = 0;
  #refusal: PoolError | null = null;
  #destroying = false;

  constructor(options: ThreadsOptions) {
    const { hooks } = options;
    this.#size = options.workers;
    this.#failed = hooks.failed;
    this.members = new PoolMembers(options.arena, {
      ...hooks,
      ready: (member) => {
        this.#startFailures = 0;
        hooks.ready(member);
        this.#announce();
      },
      exited: (member) => {
        if (member.hello === null) this.#startFailures++;
        hooks.exited(member);
        this.#replace();
        this.#announce();
      },
    });
    this.#piscina = new Piscina<Task, TaskResult>({
      filename: new URL('../../workers/pool-entry.cjs', import.meta.url).href,
      minThreads: options.workers,
      maxThreads: options.workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // Otherwise an idle worker sits in Atomics.wait and never answers Comlink.
      atomics: 'disabled',
      workerData: options.workerData,
    });
    this.#piscina.on('message', (message: Hello | Refusal) => this.#receive(message));
    this.#piscina.on('error', (error: Error) => this.#failed(error));
    this.members.adopt(this.#piscina.threads);
  }

  get size(): number {
    return this.#size;
  }

  /** Threads that are up and that Piscina has not given up: an aborted thread may live on for a moment. */
  get up(): PoolMember[] {
    const { threads } = this.#piscina;
    return this.members.ready.filter((member) => threads.includes(member.worker));
  }

  /** Post a task. Rejects when its thread dies or the signal aborts: in both cases before the thread has exited. */
  run(task: Task, signal?: AbortSignal): Promise<TaskResult> {
    const result = this.#piscina.run(task, signal ? { signal } : {});
    this.members.adopt(this.#piscina.threads);
    return result;
  }

  /** To be called right after an abort: Piscina has then started the replacement. */
  adopt(): void {
    this.members.adopt(this.#piscina.threads);
  }

  /** No thread that Piscina has given up is still running. */
  departed(): Promise<void> {
    return this.members.departed(this.#piscina.threads);
  }

  /** All threads are up. Keeps the process alive until then; rejects after `milliseconds`, or when none can start. */
  async ready(milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    while (this.up.length < this.#size) {
      if (this.#destroying) throw new PoolError('ERR_INNERMAP_POOL_CLOSED', 'the pool was closed while it started');
      if (this.#startFailures >= MAX_START_FAILURES) throw this.#startError('each of the last threads ended at once');
      const left = deadline - performance.now();
      if (left <= 0) throw this.#startError(`not ready within ${milliseconds} ms`);
      await this.#nextChange(left);
    }
  }

  /**
   * End every thread. Piscina does not wait for a thread that an abort has already removed, and that thread's
   * late exit starts another one, so go on until there is none.
   */
  async destroy(): Promise<void> {
    this.#destroying = true;
    this.#announce();
    do {
      this.adopt();
      await this.#piscina.destroy();
      await Promise.all(this.members.all.map((member) => member.reclaimed));
      this.adopt();
    } while (this.#piscina.threads.length > 0 || this.members.all.length > 0);
  }

  #receive(message: Hello | Refusal): void {
    this.members.adopt(this.#piscina.threads);
    if (message.type === HELLO) this.members.connect(message);
    else if (message.type === REFUSAL) {
      this.#refusal = new PoolError(message.failure.code, message.failure.message);
      this.#failed(this.#refusal);
    }
  }

  /**
   * Piscina starts no replacement for a thread that died before it was ready. It does for a task that finds
   * no idle thread, so post one more than there are threads.
   */
  #replace(): void {
    if (this.#destroying) return;
    this.adopt();
    if (this.#piscina.threads.length >= this.#size || this.#startFailures >= MAX_START_FAILURES) return;
    const tasks = this.#piscina.threads.length + 1;
    for (let n = 0; n < tasks; n++) {
      this.run({ kind: 'wake' }).catch((error: Error) => {
        if (!this.#destroying) this.#failed(error);
      });
    }
  }

  #startError(what: string): PoolError {
    const { length } = this.up;
    const cause = this.#refusal === null ? '' : `; the last one said: ${this.#refusal.message}`;
    return new PoolError('ERR_INNERMAP_WORKER_START', `${length} of ${this.#size} workers are up: ${what}${cause}`, {
      cause: this.#refusal,
    });
  }

  #nextChange(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#changed.add(done);
    });
  }

  #announce(): void {
    for (const wake of [...this.#changed]) wake();
  }
}
