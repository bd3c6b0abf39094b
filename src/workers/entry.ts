/**
 * Entry of a pool thread: wiring only.
 * The thread is started by Piscina, which owns its task port; control goes over two ports of our own.
 */
import { MessageChannel, parentPort, threadId, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { Control } from './control.js';
import { DrainableEndpoint } from './endpoint.js';
import { Executor } from './executor.js';
import {
  HELLO,
  type Hello,
  type MainControl,
  REFUSAL,
  type Refusal,
  type Task,
  type TaskResult,
  type WorkerData,
} from './protocol.js';
import { type ClaimedThread, claimThread } from './claim.js';
import { ThreadStatistics } from './statistics.js';
import { runTask, type TaskContext } from './tasks.js';

/** Deep enough that the frames of a trapped program are in the trace behind those of the core. */
const STACK_FRAMES = 64;

const context = start(workerData as WorkerData);

export default function handle(task: Task): Promise<TaskResult> {
  return runTask(context, task);
}

function start(data: WorkerData): TaskContext {
  Error.stackTraceLimit = STACK_FRAMES;
  try {
    return wire(claimThread(data), data);
  } catch (error) {
    refuse(error);
  }
}

function wire(thread: ClaimedThread, data: WorkerData): TaskContext {
  const { arena, slot, incarnation, cpu } = thread;
  const statistics = new ThreadStatistics(arena.memory.buffer, data.statistics, slot);
  const controlChannel = new MessageChannel();
  const mainChannel = new MessageChannel();
  const controlEndpoint = new DrainableEndpoint(controlChannel.port1);
  const executor = new Executor({
    arena,
    statistics,
    sectionNanoseconds: data.sectionNanoseconds,
    cpu,
    fetchPrograms: () => void controlEndpoint.drain(),
  });
  const control = new Control(executor, statistics, { slot, cpu });
  const mainEndpoint = new DrainableEndpoint(mainChannel.port1);
  Comlink.expose(control, controlEndpoint.endpoint);
  const main = Comlink.wrap<MainControl>(mainEndpoint.endpoint);
  const hello: Hello = {
    type: HELLO,
    threadId,
    slot,
    incarnation,
    cpu,
    control: controlChannel.port2,
    main: mainChannel.port2,
  };
  parentPort?.postMessage(hello, [controlChannel.port2, mainChannel.port2]);
  return {
    executor,
    control,
    endpoints: [controlEndpoint, mainEndpoint],
    words: new Int32Array(arena.memory.buffer),
    slot,
    printk: (lines) => void main.printk(lines),
  };
}

/** Throwing here would reach main without its code: say why, then end. Main reclaims what was claimed. */
function refuse(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown }).code;
  const refusal: Refusal = {
    type: REFUSAL,
    threadId,
    failure: { code: typeof code === 'string' ? code : 'ERR_INNERMAP_WORKER_START', message },
  };
  parentPort?.postMessage(refusal);
  process.exit(1);
}
