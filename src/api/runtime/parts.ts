import type { Arena } from '../../shared/arena.js';
import { RuntimeEvents } from '../events.js';
import { GracePeriods } from '../grace-periods.js';
import { Kernel } from '../kernel.js';
import { type MapHost, MapRegistry, Scratch } from '../map.js';
import { Pool, type PoolHooks } from '../pool.js';
import { Programs } from '../programs.js';
import { Readers } from '../readers.js';
import { Syscalls } from '../syscall/syscalls.js';
import { createSharedArena } from './arena.js';
import type { CheckedRuntimeOptions } from './options.js';

/** What a runtime is made of. Only `Runtime` sees the whole. */
export interface RuntimeParts extends MapHost {
  readonly options: CheckedRuntimeOptions;
  readonly arena: Arena;
  readonly programs: Programs;
  readonly readers: Readers;
  readonly syscalls: Syscalls;
  /** Undefined with `workers: 0`, and until the workers are up. */
  pool: Pool | undefined;
}

/** Build the main thread's parts; no thread is started yet. */
export function assemble(options: CheckedRuntimeOptions): RuntimeParts {
  const events = new RuntimeEvents();
  const arena = createSharedArena(options);
  const parts: Partial<RuntimeParts> & Pick<RuntimeParts, 'options' | 'events' | 'arena'> = { options, events, arena };
  const gracePeriods = new GracePeriods(arena, {
    stallAfter: options.stallAfter,
    onStall: (report) => events.emit('stall', report),
    onError: (error) => events.emit('failure', { error: toError(error) }),
    workerOf: (slot) => parts.pool?.workerOfSlot(slot)?.threadId ?? parts.readers?.workerOf(slot) ?? null,
    programName: (id) => parts.kernel?.programById(id)?.name ?? null,
  });
  const kernel = new Kernel(arena, {
    rules: options.rules,
    possibleCpus: options.possibleCpus,
    hooks: {
      onRetire: () => gracePeriods.kickSoon(),
      defer: (callback) => gracePeriods.defer(callback),
      onProgramReleased: (program) => parts.programs?.released(program),
    },
  });
  const programs = new Programs(kernel, {
    printk: (line) => events.emit('printk', { ...line, threadId: 0 }),
    readersLeft: () => gracePeriods.workerExited(),
    trap: (error) => events.emit('trap', { error }),
  });
  return Object.assign(parts, {
    gracePeriods,
    kernel,
    programs,
    pool: undefined,
    scratch: new Scratch(arena),
    registry: new MapRegistry(),
    readers: new Readers(kernel, gracePeriods),
    syscalls: new Syscalls(kernel, programs),
  });
}

/** Start the workers and wait until each is up. */
export async function startPool(parts: RuntimeParts): Promise<void> {
  const { arena, options, programs } = parts;
  if (options.workers === 0) return;
  const { workers, readyTimeout, lockTimeout } = options;
  const pool = await Pool.create({ arena, workers, readyTimeout, lockTimeout, hooks: poolHooks(parts) });
  parts.pool = pool;
  programs.attach(pool);
}

function poolHooks({ events, gracePeriods }: RuntimeParts): PoolHooks {
  return {
    printk: (lines, { threadId }) => {
      for (const line of lines) events.emit('printk', { ...line, threadId });
    },
    workerReady: (place) => events.emit('worker-ready', place),
    workerExit: ({ threadId, slot }) => events.emit('worker-exit', { threadId, slot: slot ?? undefined }),
    readersLeft: () => gracePeriods.workerExited(),
    trap: (error) => events.emit('trap', { error }),
    error: (error) => events.emit('failure', { error }),
  };
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value), { cause: value });
}
