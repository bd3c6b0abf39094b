/**
 * The interpreter: small and plain, over the same arena and the same helpers as compiled programs, and the reference
 * for them. It checks each access against the memory that the program may touch at that moment.
 */
import { Machine, type RunRequest } from './machine.js';
import { type TraceEntry, type TraceOptions, Tracer } from './trace.js';

export type { InterpreterEnvironment } from './environment.js';
export { BudgetError, MemoryAccessError } from './errors.js';
export { Machine, type MachineState, type RunRequest } from './machine.js';
export { Stepper, type TraceEntry, type TraceOptions } from './trace.js';

/**
 * Run a program once and give r0, unsigned. The caller is in a read-side section and has laid the context and the
 * packet out. Throws InterpreterError: MemoryAccessError for an access outside the program's memory, BudgetError.
 */
export function interpret(request: RunRequest): bigint {
  return new Machine(request).run();
}

/** As `interpret`, with a report of each instruction after it was executed. */
export function trace(request: RunRequest, report: (entry: TraceEntry) => void, options: TraceOptions = {}): bigint {
  const tracer = new Tracer(report, options);
  const { before } = request;
  const machine = new Machine({
    ...request,
    before: (state) => {
      tracer.before(state);
      before?.(state);
    },
  });
  const result = machine.run();
  tracer.finish(machine.registers);
  return result;
}
