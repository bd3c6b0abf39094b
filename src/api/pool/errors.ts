import type { Failure, TrapDetail } from '../../workers/protocol.js';

export type PoolErrorCode =
  | 'ERR_INNERMAP_WORKER_DIED'
  | 'ERR_INNERMAP_WORKER_START'
  | 'ERR_INNERMAP_POOL_CLOSED'
  | 'ERR_INNERMAP_NO_WORKERS'
  | 'ERR_INNERMAP_NO_PROGRAM'
  | 'ERR_INNERMAP_INSTALL'
  | 'ERR_INNERMAP_BATCH'
  | 'ERR_INNERMAP_OUT_OF_MEMORY'
  | 'ERR_INNERMAP_PROGRAM_TRAP';

/** A run or a control call that the pool could not complete. */
export class PoolError extends Error {
  override readonly name: string = 'PoolError';
  readonly code: string;

  constructor(code: PoolErrorCode | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A program that trapped: its run is rejected, its worker lives on. */
export class ProgramTrapError extends PoolError {
  override readonly name: string = 'ProgramTrapError';
  readonly program: string;
  readonly programId: number;
  /** Index of the instruction that trapped; null when the stack trace does not tell. */
  readonly instruction: number | null;
  /** Index of the packet among those given to the run. */
  readonly packet: number;

  constructor(detail: TrapDetail, firstPacket = 0) {
    const packet = detail.packet + firstPacket;
    const where = detail.instruction === null ? 'an unknown instruction' : `instruction ${detail.instruction}`;
    super(
      'ERR_INNERMAP_PROGRAM_TRAP',
      `program ${detail.program} (id ${detail.programId}) trapped at ${where}, packet ${packet}: ${detail.reason}`,
    );
    this.program = detail.program;
    this.programId = detail.programId;
    this.instruction = detail.instruction;
    this.packet = packet;
  }
}

/** Rebuild an error that crossed a thread as data. */
export function errorOf(failure: Failure, firstPacket = 0): PoolError {
  if (failure.detail) return new ProgramTrapError(failure.detail, firstPacket);
  return new PoolError(failure.code, failure.message);
}

/** What the caller is told of a task that never answered. */
export function workerDied(cause: unknown): PoolError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PoolError(
    'ERR_INNERMAP_WORKER_DIED',
    `the worker that ran the program ended before it answered (${why}); a replacement is started, run it again`,
    { cause },
  );
}

export function poolClosed(): PoolError {
  return new PoolError('ERR_INNERMAP_POOL_CLOSED', 'the pool is closed: create a new runtime to run programs');
}

/** `run` or `loop` of a runtime that was created with `workers: 0`. */
export function noWorkers(): PoolError {
  return new PoolError(
    'ERR_INNERMAP_NO_WORKERS',
    'the runtime has no workers (workers: 0): create it with workers: 1 or more, or use program.testRun()',
  );
}
