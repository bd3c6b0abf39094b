import type { Arena } from '../shared/arena.js';
import type { Kernel } from './kernel.js';
import type { Pool, WorkerReport } from './pool.js';

/** One thread of the pool: where it runs, and its counters since it started. */
export interface WorkerStats {
  readonly threadId: number;
  readonly slot: number;
  readonly cpu: number;
  /** Packets that programs ran over. */
  readonly packets: number;
  /** Batches. */
  readonly runs: number;
  /** Time inside programs, nanoseconds. */
  readonly nanoseconds: number;
  readonly traps: number;
  /** printk lines dropped because too many came at once. */
  readonly droppedLines: number;
}

/** What a worker says of itself when it is asked: its counters since it started, its programs, its heap. */
export interface WorkerStatistics {
  readonly threadId: number;
  readonly slot: number;
  readonly cpu: number;
  readonly packets: number;
  readonly runs: number;
  /** Time inside programs, nanoseconds. */
  readonly nanoseconds: number;
  readonly traps: number;
  /** Programs that the thread has installed. */
  readonly programs: readonly { readonly id: number; readonly name: string }[];
  /** Bytes of the thread's JavaScript heap. */
  readonly heapUsed: number;
}

/** Figures of a runtime at one moment, all read from shared memory at once. */
export interface RuntimeStats {
  readonly arena: {
    /** Bytes of the heap in use, retired maps included. */
    readonly bytesUsed: number;
    /** Address space of the arena. */
    readonly bytes: number;
  };
  readonly maps: {
    /** Referenced by a descriptor, a program or an outer map. */
    readonly live: number;
    /** No longer referenced, waiting for readers to leave. */
    readonly retired: number;
    readonly retiredBytes: number;
    /** Freed since the runtime was created. */
    readonly freed: number;
  };
  readonly programs: number;
  readonly descriptors: number;
  /** Calls of `synchronize()`, `barrier()` and `swap()` that wait. */
  readonly waiting: number;
  /** Handles of JavaScript readers that are in use. */
  readonly readers: number;
  readonly workers: readonly WorkerStats[];
  /** Sums over all workers that ever were. */
  readonly totals: Omit<WorkerStats, 'threadId' | 'slot' | 'cpu'>;
}

/** Where the figures come from. */
export interface StatsSources {
  readonly arena: Arena;
  readonly kernel: Kernel;
  readonly pool: Pool | undefined;
  readonly waiting: number;
  readonly readers: number;
}

const NOTHING = { packets: 0, runs: 0, nanoseconds: 0, traps: 0, droppedLines: 0 };

export function readStats({ arena, kernel, pool, waiting, readers }: StatsSources): RuntimeStats {
  const { core } = arena;
  const workers: WorkerReport[] = pool?.report() ?? [];
  return {
    arena: { bytesUsed: core.arenaUsedBytes(), bytes: arena.u8.length },
    maps: {
      live: kernel.mapCount,
      retired: core.retiredMaps(),
      retiredBytes: core.retiredBytes(),
      freed: core.freedMaps(),
    },
    programs: kernel.programCount,
    descriptors: kernel.files.size,
    waiting,
    readers,
    workers,
    totals: pool?.totals() ?? { ...NOTHING },
  };
}
