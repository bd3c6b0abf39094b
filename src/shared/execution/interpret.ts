/** The interpreter over a thread's arena: what it needs of the thread, and batches of packets. */
import type { Arena } from '../arena.js';
import { PACKET_RECORD, RUN } from '../core-exports.js';
import { type InterpreterEnvironment, interpret, type RunRequest } from '../program/interpreter/index.js';
import type { CheckedProgram } from '../program/types.js';
import { hostHelpers, type ProgramHost } from './host-helpers.js';
import { reserveEntry } from './install.js';

export interface InterpretedProgram {
  readonly id: number;
  readonly program: CheckedProgram;
}

/** `programById` gives programs for tail calls; the compiled form of one does not serve. */
export function interpreterEnvironment(
  arena: Arena,
  programId: number,
  host: ProgramHost,
  programById: (id: number) => CheckedProgram | undefined,
): InterpreterEnvironment {
  return {
    memory: arena.memory,
    table: arena.table,
    reserveEntry: () => reserveEntry(arena),
    core: arena.core as unknown as InterpreterEnvironment['core'],
    hostHelpers: hostHelpers(arena, programId, host),
    programById,
  };
}

/** r10 of a main function that the calling thread runs, and where the frames below it end. */
export function stackOf(arena: Arena): Pick<RunRequest, 'stackTop' | 'stackFloor'> {
  const area = arena.core.slotRun(arena.slot);
  return { stackTop: area + RUN.stackTop, stackFloor: area + RUN.stackFloor };
}

/** How far a batch came; `error` is what ended it early, with the thread still in its section. */
export interface InterpretedBatch {
  readonly done: number;
  readonly error?: unknown;
}

export type InterpretOptions = Pick<RunRequest, 'budget' | 'before'>;

/** As the core's `runBatch`: packets [first, first + count) of a batch, each in a section of its own. */
export function interpretBatch(
  arena: Arena,
  program: CheckedProgram,
  environment: InterpreterEnvironment,
  packets: { readonly batch: number; readonly first: number; readonly count: number },
  options: InterpretOptions = {},
): InterpretedBatch {
  const { core } = arena;
  for (let done = 0; done < packets.count; done++) {
    const record = packets.batch + (packets.first + done) * PACKET_RECORD.size;
    core.enter();
    const context = core.runPrepare(record, program.type);
    if (context === 0) {
      core.leave();
      return { done };
    }
    core.beginRun();
    const contextBytes = arena.u32[(record + PACKET_RECORD.length) >>> 2] as number;
    try {
      const r0 = interpret({ ...options, program, environment, context, contextBytes, ...stackOf(arena) });
      core.runFinish(record, program.type, context, Number(BigInt.asIntN(32, r0)));
    } catch (error) {
      return { done, error };
    }
    core.leave();
  }
  return { done: packets.count };
}
