/** Traces: what each instruction did. */
import { formatInstruction } from '../disasm/format.js';
import type { CheckedProgram } from '../types.js';
import { FRAME_POINTER } from '../insn/opcodes.js';
import { Machine, type RunRequest } from './machine.js';

export interface TraceEntry {
  readonly program: string;
  readonly slot: number;
  /** Assembly text. */
  readonly text: string;
  /** Registers but r10 that hold another value than before, as [number, unsigned value]. */
  readonly changed: readonly (readonly [register: number, value: bigint])[];
  /** Live frames before the instruction. */
  readonly depth: number;
  /** Source line, where the request can tell. */
  readonly line?: string;
}

export interface TraceOptions {
  /** The source line of an instruction. */
  readonly line?: (program: CheckedProgram, slot: number) => string | undefined;
}

/**
 * Run a program step by step. `step()` executes one instruction (callbacks of a helper run within the helper's
 * step) and says what it did; undefined when the program has ended, with r0 in `result`.
 */
export class Stepper {
  readonly machine: Machine;
  readonly #options: TraceOptions;

  constructor(request: RunRequest, options: TraceOptions = {}) {
    this.machine = new Machine(request);
    this.#options = options;
  }

  get result(): bigint | undefined {
    return this.machine.done ? this.machine.registers[0] : undefined;
  }

  step(): TraceEntry | undefined {
    const { machine } = this;
    if (machine.done) return undefined;
    const { program, slot, depth } = machine;
    const text = formatInstruction(machine.insn);
    const before = [...machine.registers];
    machine.step();
    const line = this.#options.line?.(program, slot);
    const changed = machine.done ? [] : changes(before, machine.registers);
    return { program: program.name, slot, text, changed, depth, ...(line === undefined ? {} : { line }) };
  }
}

/**
 * Hook for `RunRequest.before` that reports each instruction when the next one is about to begin, callbacks
 * included. Call `finish` with the machine's last registers for the last one.
 */
export class Tracer {
  readonly #report: (entry: TraceEntry) => void;
  readonly #options: TraceOptions;
  #last: { program: CheckedProgram; slot: number; text: string; depth: number } | null = null;
  #before: bigint[] = [];

  constructor(report: (entry: TraceEntry) => void, options: TraceOptions = {}) {
    this.#report = report;
    this.#options = options;
  }

  readonly before: NonNullable<RunRequest['before']> = ({ program, slot, insn, registers, depth }) => {
    this.finish(registers);
    this.#last = { program, slot, text: formatInstruction(insn), depth };
    this.#before = [...registers];
  };

  finish(registers: readonly bigint[]): void {
    const last = this.#last;
    if (last === null) return;
    this.#last = null;
    const line = this.#options.line?.(last.program, last.slot);
    const { slot, text, depth } = last;
    // Behind its last instruction a program has no registers any more.
    const isEnd = text === 'exit' && depth === 1;
    const changed = isEnd ? [] : changes(this.#before, registers);
    this.#report({ program: last.program.name, slot, text, changed, depth, ...(line === undefined ? {} : { line }) });
  }
}

function changes(before: readonly bigint[], after: readonly bigint[]): [number, bigint][] {
  const changed: [number, bigint][] = [];
  after.forEach((value, register) => {
    if (register !== FRAME_POINTER && value !== before[register]) changed.push([register, value]);
  });
  return changed;
}
