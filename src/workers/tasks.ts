import type { Control } from './control.js';
import type { DrainableEndpoint } from './endpoint.js';
import type { Executor } from './executor.js';
import {
  type Failure,
  LOOP_WORDS,
  type LoopTask,
  type PrintkLine,
  type RunTask,
  type Task,
  type TaskResult,
} from './protocol.js';

/** A replacement thread may get a task before its programs: this long it waits for them. */
const INSTALL_PATIENCE = 2000;
/** How long a loop runs packets before it looks at the stop word, nanoseconds. */
const ROUND_NANOSECONDS = 500_000;
/** How long a run goes on before it looks whether it has failed elsewhere, nanoseconds. */
const RUN_NANOSECONDS = 5_000_000;
/** How long a loop leaves its ports unread, milliseconds. */
const DRAIN_INTERVAL = 5;
/** Promise turns that Comlink needs from a call to its answer. */
const ANSWER_TURNS = 8;

export interface TaskContext {
  executor: Executor;
  control: Control;
  /** Both Comlink ports of the thread. */
  endpoints: DrainableEndpoint[];
  words: Int32Array;
  slot: number;
  printk(lines: PrintkLine[]): void;
}

/** The handler of the pool: one task, one result. It does not throw for what a program does. */
export async function runTask(context: TaskContext, task: Task): Promise<TaskResult> {
  if (task.kind === 'wake') return { ok: true, packets: 0, rounds: 0, nanoseconds: 0 };
  const begin = performance.now();
  const { packets, rounds, failure } =
    task.kind === 'run' ? await runOnce(context, task) : await runLoop(context, task);
  flush(context);
  if (failure) return { ok: false, packets, failure };
  return { ok: true, packets, rounds, nanoseconds: Math.round((performance.now() - begin) * 1e6) };
}

interface Outcome {
  packets: number;
  rounds: number;
  failure?: Failure;
}

async function runOnce(context: TaskContext, task: RunTask): Promise<Outcome> {
  const { executor, words } = context;
  await programInstalled(context, task.programId);
  const outcome: Outcome = { packets: 0, rounds: 0 };
  while (outcome.packets < task.count && Atomics.load(words, (task.words + LOOP_WORDS.stop) / 4) === 0) {
    const count = Math.min(task.count - outcome.packets, Math.max(1, executor.packetsIn(RUN_NANOSECONDS)));
    const result = executor.runSlice(task.programId, task.batch, outcome.packets, count);
    outcome.packets += result.packets;
    if (result.failure) return { ...outcome, failure: result.failure };
  }
  outcome.rounds = 1;
  return outcome;
}

async function runLoop(context: TaskContext, task: LoopTask): Promise<Outcome> {
  const { executor, words } = context;
  const stop = (task.words + LOOP_WORDS.stop) / 4;
  const program = (task.words + LOOP_WORDS.program) / 4;
  const outcome: Outcome = { packets: 0, rounds: 0 };
  Atomics.store(words, (task.words + LOOP_WORDS.owner) / 4, context.slot + 1);
  let first = 0;
  let drained = performance.now();
  while (Atomics.load(words, stop) === 0) {
    const programId = Atomics.load(words, program);
    if (!executor.has(programId)) await programInstalled(context, programId);
    const count = Math.min(task.count - first, Math.max(1, executor.packetsIn(ROUND_NANOSECONDS)));
    const result = executor.runSlice(programId, task.batch, first, count);
    outcome.packets += result.packets;
    if (result.failure) return { ...outcome, failure: result.failure };
    first += count;
    if (first === task.count) {
      first = 0;
      outcome.rounds++;
    }
    if (performance.now() - drained >= DRAIN_INTERVAL) {
      await answerControl(context);
      drained = performance.now();
    }
  }
  return outcome;
}

/** A quiescent point: this thread is outside any section. Comlink's calls are delivered and answered. */
async function answerControl(context: TaskContext): Promise<void> {
  flush(context);
  let count = 0;
  for (const endpoint of context.endpoints) count += endpoint.drain();
  if (count === 0) return;
  for (let turn = 0; turn < ANSWER_TURNS; turn++) await undefined;
}

/** Programs are posted before the runs that name them, but on another port: read that one first. */
async function programInstalled(context: TaskContext, programId: number): Promise<void> {
  if (context.executor.has(programId)) return;
  await answerControl(context);
  const deadline = performance.now() + INSTALL_PATIENCE;
  while (!context.executor.has(programId)) {
    const left = deadline - performance.now();
    if (left <= 0) return;
    await context.control.nextInstall(left);
  }
}

function flush(context: TaskContext): void {
  const lines = context.executor.takeLines();
  if (lines.length > 0) context.printk(lines);
}
