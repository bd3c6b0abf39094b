import { threadId } from 'node:worker_threads';
import type { Executor } from './executor.js';
import type { Failure, InstalledProgram, WorkerControl, WorkerStatistics } from './protocol.js';
import type { ThreadStatistics } from './statistics.js';

/** The object that main calls over Comlink. Each method is synchronous, so that it has happened once drained. */
export class Control implements WorkerControl {
  readonly #executor: Executor;
  readonly #statistics: ThreadStatistics;
  readonly #place: { slot: number; cpu: number };
  /** What earlier threads counted in this slot. */
  readonly #before: ReturnType<ThreadStatistics['read']>;
  readonly #waiting = new Set<() => void>();

  constructor(executor: Executor, statistics: ThreadStatistics, place: { slot: number; cpu: number }) {
    this.#executor = executor;
    this.#statistics = statistics;
    this.#place = place;
    this.#before = statistics.read();
  }

  install(program: InstalledProgram): Failure | null {
    const failure = this.#executor.install(program);
    for (const wake of [...this.#waiting]) wake();
    return failure;
  }

  uninstall(programId: number): boolean {
    return this.#executor.uninstall(programId);
  }

  statistics(): WorkerStatistics {
    const now = this.#statistics.read();
    return {
      threadId,
      ...this.#place,
      packets: now.packets - this.#before.packets,
      runs: now.runs - this.#before.runs,
      nanoseconds: now.nanoseconds - this.#before.nanoseconds,
      traps: now.traps - this.#before.traps,
      programs: this.#executor.programs,
      heapUsed: process.memoryUsage().heapUsed,
    };
  }

  ping(): 'pong' {
    return 'pong';
  }

  /** Settles at the next install, or after `milliseconds`. */
  nextInstall(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
    });
  }
}
