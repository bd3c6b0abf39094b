import { recoverThread } from '../shared/execution/recovery.js';
import type { Arena } from '../shared/arena.js';
import { entryOf, installProgram, type ProgramHost, uninstallProgram } from '../shared/execution/install.js';
import { interpretBatch, interpreterEnvironment } from '../shared/execution/interpret.js';
import { countRuns } from '../shared/execution/program-counters.js';
import { trapInstruction, trapReason } from '../shared/execution/trap.js';
import { InterpreterError } from '../shared/program/interpreter/errors.js';
import { unpack } from '../shared/program/packed.js';
import type { CheckedProgram } from '../shared/program/types.js';
import { monotonicNanoseconds } from './clock.js';
import type { Failure, InstalledProgram, PrintkLine, TrapDetail } from './protocol.js';
import type { ThreadStatistics } from './statistics.js';

/** At most this many printk lines are kept between two flushes; the rest are counted and dropped. */
const MAX_LINES = 1024;
/** A section never spans more packets than this, however fast the program was so far. */
const MAX_PER_SECTION = 1024;
const FIRST_PER_SECTION = 16;

export type SliceResult = { packets: number; failure?: Failure };

export interface ExecutorOptions {
  readonly arena: Arena;
  readonly statistics: ThreadStatistics;
  /** A batch's read-side sections are kept below about this long. */
  readonly sectionNanoseconds: number;
  readonly cpu: number;
  fetchPrograms(): void;
}

/**
 * Runs programs over batches in this thread: the table of installed programs, the size of read-side
 * sections, statistics, printk lines, and recovery after a trap.
 */
export class Executor {
  readonly #arena: Arena;
  readonly #statistics: ThreadStatistics;
  readonly #sectionNanoseconds: number;
  readonly #programs = new Map<number, InstalledProgram>();
  readonly #host: ProgramHost;
  readonly #cpu: number;
  /** Reads the thread's port for programs that were posted; called in the middle of a run. */
  readonly #fetchPrograms: () => void;
  #lines: PrintkLine[] = [];
  #nanosecondsPerPacket = 0;
  /** Packet at which the interpreter failed, for the report. */
  #failedAt: number | null = null;

  constructor(options: ExecutorOptions) {
    const { arena, statistics, sectionNanoseconds, cpu } = options;
    this.#fetchPrograms = options.fetchPrograms;
    this.#arena = arena;
    this.#statistics = statistics;
    this.#sectionNanoseconds = sectionNanoseconds;
    this.#cpu = cpu;
    this.#host = {
      now: monotonicNanoseconds,
      printk: (id, text) => this.#keepLine(id, text),
      ensureProgram: (id) => this.#ensure(id),
    };
  }

  get programs(): { id: number; name: string }[] {
    return Array.from(this.#programs.values(), ({ id, name }) => ({ id, name }));
  }

  install(program: InstalledProgram): Failure | null {
    if (this.#programs.has(program.id)) return null;
    try {
      if (program.module !== null) installProgram(this.#arena, { ...program, module: program.module }, this.#host);
    } catch (error) {
      return {
        code: 'ERR_INNERMAP_INSTALL',
        message: `program ${program.name} (id ${program.id}) cannot be instantiated: ${trapReason(error)}`,
      };
    }
    this.#programs.set(program.id, program);
    return null;
  }

  uninstall(programId: number): boolean {
    uninstallProgram(this.#arena, programId);
    return this.#programs.delete(programId);
  }

  has(programId: number): boolean {
    return this.#programs.has(programId);
  }

  /** About how many packets of this program's kind take `nanoseconds`. */
  packetsIn(nanoseconds: number): number {
    return this.#nanosecondsPerPacket === 0 ? FIRST_PER_SECTION : Math.ceil(nanoseconds / this.#nanosecondsPerPacket);
  }

  /** Run packets [first, first + count) of the batch. A trap is recovered here and comes back as a failure. */
  runSlice(programId: number, batch: number, first: number, count: number): SliceResult {
    const program = this.#programs.get(programId);
    if (program === undefined) return { packets: 0, failure: notInstalled(programId) };
    const { core } = this.#arena;
    const perSection = Math.min(MAX_PER_SECTION, Math.max(1, this.packetsIn(this.#sectionNanoseconds)));
    const begin = performance.now();
    let result: SliceResult;
    core.setProgram(programId);
    try {
      const done = program.interpreted
        ? this.#interpret(program, { batch, first, count })
        : core.runBatch(this.#entry(program), batch, first, count, program.type, perSection);
      result = done === count ? { packets: done } : { packets: Math.max(0, done), failure: refused(program, done) };
    } catch (error) {
      result = this.#recover(program, error, first);
    }
    core.setProgram(0);
    const nanoseconds = (performance.now() - begin) * 1e6;
    this.#account(result.packets, nanoseconds);
    countRuns(this.#arena.memory, program.counters, result.packets, nanoseconds);
    return result;
  }

  /** Lines printed since the last call. */
  takeLines(): PrintkLine[] {
    const lines = this.#lines;
    if (lines.length > 0) this.#lines = [];
    return lines;
  }

  /** A tail call is about to enter a program that this thread has not installed: it was posted before its slot was set. */
  #ensure(programId: number): boolean {
    this.#fetchPrograms();
    return entryOf(this.#arena, programId) !== undefined;
  }

  /** Packets done. Throws what ended the batch early, with the packet's index in `#failedAt`. */
  #interpret({ id, text }: InstalledProgram, packets: { batch: number; first: number; count: number }): number {
    const byId = (other: number) => this.#text(other);
    const environment = interpreterEnvironment(this.#arena, id, this.#host, byId);
    const { done, error } = interpretBatch(this.#arena, unpack(text), environment, packets);
    if (error === undefined) return done;
    this.#failedAt = packets.first + done;
    throw error;
  }

  /** As `#ensure`, for the interpreter. */
  #text(programId: number): CheckedProgram | undefined {
    if (!this.#programs.has(programId)) this.#fetchPrograms();
    const text = this.#programs.get(programId)?.text;
    return text && unpack(text);
  }

  #entry(program: InstalledProgram): number {
    const entry = entryOf(this.#arena, program.id);
    if (entry === undefined) throw new Error(`broken invariant: program ${program.id} is known but not installed`);
    return entry;
  }

  #keepLine(programId: number, text: string): void {
    if (this.#lines.length >= MAX_LINES) {
      this.#statistics.lineDropped();
      return;
    }
    const program = this.#programs.get(programId)?.name ?? '';
    this.#lines.push({ programId, program, cpu: this.#cpu, text });
  }

  #account(packets: number, nanoseconds: number): void {
    this.#statistics.ran(packets, nanoseconds);
    if (packets > 0) this.#nanosecondsPerPacket = Math.max(1, nanoseconds / packets);
  }

  /** The position is read first: recovering leaves the section and may forget it. */
  #recover(program: InstalledProgram, error: unknown, first: number): SliceResult {
    const packet = this.#failedAt ?? this.#arena.core.batchPosition();
    this.#failedAt = null;
    recoverThread(this.#arena.core);
    this.#statistics.trapped();
    return { packets: Math.max(0, packet - first), failure: trapFailure(program, error, packet) };
  }
}

/** A trap as data: program, instruction, packet. */
export function trapFailure(program: InstalledProgram, error: unknown, packet: number): Failure {
  const instruction =
    error instanceof InterpreterError ? error.place.slot : trapInstruction(error, program.moduleName, program.offsets);
  const reason = trapReason(error);
  const detail: TrapDetail = { programId: program.id, program: program.name, instruction, packet, reason };
  const where = instruction === null ? 'an unknown instruction' : `instruction ${instruction}`;
  return {
    code: 'ERR_INNERMAP_PROGRAM_TRAP',
    message: `program ${program.name} (id ${program.id}) trapped at ${where}, packet ${packet}: ${reason}`,
    detail,
  };
}

function notInstalled(programId: number): Failure {
  return { code: 'ERR_INNERMAP_NO_PROGRAM', message: `no program with id ${programId} is installed in this worker` };
}

function refused(program: InstalledProgram, done: number): Failure {
  return {
    code: 'ERR_INNERMAP_BATCH',
    message: `program ${program.name} (id ${program.id}): the core stopped the batch (result ${done})`,
  };
}
