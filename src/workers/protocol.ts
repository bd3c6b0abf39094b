import type { MessagePort } from 'node:worker_threads';
import type { ArenaHandle } from '../shared/arena.js';
import type { WasmModule } from '../shared/wasm-types.js';
import type { PackedProgram } from '../shared/program/packed.js';

/** What a thread needs to run a program; posted to every worker before a run can name the program. */
export interface InstalledProgram {
  /** Program id, also its index in the thread's function table. */
  id: number;
  name: string;
  /** Name of the module in stack traces. */
  moduleName: string;
  /** Program type (uapi number). */
  type: number;
  /** Null: only the interpreter can run it. */
  module: WasmModule | null;
  /** What it needs that does not exist here: it cannot run. */
  missing: string | null;
  /** The program for the interpreter, which also runs it when one of its own calls it as a tail. */
  text: PackedProgram;
  /** The interpreter runs it; false: compiled code does. */
  interpreted: boolean;
  /** Pairs (byte offset in the module, instruction index), ascending: names the instruction of a trap. */
  offsets: Uint32Array;
  /** Arena address of its PROGRAM_COUNTERS; 0: its runs are not counted. */
  counters: number;
}

/** `workerData` of a pool thread. The same value serves every thread of a pool, replacements included. */
export interface WorkerData {
  arena: ArenaHandle;
  /** Arena address of the statistics records, one for each reader slot. */
  statistics: number;
  /** Bound of a lock wait in this thread, milliseconds. */
  lockTimeout: number;
  /** A read-side section of a batch is kept below about this long, nanoseconds. */
  sectionNanoseconds: number;
}

/** First message of a thread: it holds a slot and its control object answers. */
export interface Hello {
  type: typeof HELLO;
  threadId: number;
  slot: number;
  incarnation: number;
  cpu: number;
  /** Main calls the worker's {@link WorkerControl} here. */
  control: MessagePort;
  /** The worker calls main's {@link MainControl} here. */
  main: MessagePort;
}

/** A thread that could not start says why, since an error loses its class and code on the way. */
export interface Refusal {
  type: typeof REFUSAL;
  threadId: number;
  failure: Failure;
}

export const HELLO = 'innermap:hello';
export const REFUSAL = 'innermap:refusal';

/** One batch, once. */
export interface RunTask {
  kind: 'run';
  programId: number;
  batch: number;
  count: number;
  /** Address of the run's {@link LOOP_WORDS}: once `stop` is set, the run has failed and nobody wants the rest. */
  words: number;
}

/** One batch again and again, until the loop words say stop. */
export interface LoopTask {
  kind: 'loop';
  batch: number;
  count: number;
  /** Address of the {@link LOOP_WORDS}. */
  words: number;
}

/** Does nothing: makes the pool notice that a thread is missing. */
export interface WakeTask {
  kind: 'wake';
}

export type Task = RunTask | LoopTask | WakeTask;

/** i32 words in shared memory that steer a loop or a run. Written by main, read by the worker between rounds. */
export const LOOP_WORDS = {
  size: 64,
  /** 0 = go on, 1 = stop. */
  stop: 0,
  /** Program to run from the next round on. */
  program: 4,
  /** Slot of the worker that runs the loop, plus one; written by the worker. */
  owner: 8,
} as const;

/**
 * Statistics record of a reader slot: u64 counters in shared memory, written by the worker that holds the
 * slot, read by anyone. A later holder goes on counting, so sums over all slots never fall.
 */
export const STATISTICS = {
  size: 64,
  packets: 0,
  runs: 8,
  nanoseconds: 16,
  traps: 24,
  /** printk lines that were dropped because too many came in one round. */
  droppedLines: 32,
} as const;

/** An error as data. */
export interface Failure {
  code: string;
  message: string;
  detail?: TrapDetail;
}

export interface TrapDetail {
  programId: number;
  program: string;
  /** Index of the instruction that trapped; null when the stack trace does not tell. */
  instruction: number | null;
  /** Index of the packet within its batch. */
  packet: number;
  /** What WebAssembly says of it. */
  reason: string;
}

export type TaskResult =
  | { ok: true; packets: number; rounds: number; nanoseconds: number }
  | { ok: false; packets: number; failure: Failure };

export interface WorkerStatistics {
  threadId: number;
  slot: number;
  cpu: number;
  packets: number;
  runs: number;
  nanoseconds: number;
  traps: number;
  programs: { id: number; name: string }[];
  heapUsed: number;
}

/** Main → worker, over Comlink. */
export interface WorkerControl {
  /** Compile-free: the module is ready. Null, or why the module could not be instantiated. */
  install(program: InstalledProgram): Failure | null;
  uninstall(programId: number): boolean;
  statistics(): WorkerStatistics;
  ping(): 'pong';
}

/** Worker → main, over Comlink. */
export interface MainControl {
  /** Lines of bpf_trace_printk output in the order of their printing. */
  printk(lines: PrintkLine[]): void;
}

export interface PrintkLine {
  programId: number;
  program: string;
  cpu: number;
  text: string;
}
