import { installProgram, type ProgramHost, uninstallProgram } from '../shared/execution/install.js';
import { PROGRAM_COUNTERS, type ProgramCounts, readCounts } from '../shared/execution/program-counters.js';
import { SLOT_SIZE } from '../shared/program/insn/codec.js';
import { type Prepared, type PreparedProgram, moduleOf, prepare } from '../shared/program/prepare.js';
import type { LineInfo } from '../shared/program/verifier/index.js';
import { ProgramType } from '../shared/uapi.js';
import { monotonicNanoseconds } from '../workers/clock.js';
import type { AssembleJob } from '../workers/loader.js';
import type { InstalledProgram, PrintkLine } from '../workers/protocol.js';
import { BpfError } from './errors.js';
import type { Kernel } from './kernel/kernel.js';
import type { MapObject, ProgramObject } from './kernel/objects.js';
import type { Pool, RunnableProgram } from './pool.js';
import { allocate } from './pool/batch.js';
import { ProgramTrapError } from './pool/errors.js';
import { Program, type ProgramBackend, type TraceStep } from './program.js';
import {
  checkLoadAttributes,
  instructionBytes,
  type ProgramLoadAttributes,
  programName,
} from './programs/attributes.js';
import { programBackend } from './programs/backend.js';
import { buildJob, type LoadOptions, refusal } from './programs/build.js';
import { checkRunsAlone } from './programs/contexts-xdp.js';
import { type ProgramText, testEngine } from './programs/engine.js';
import { Loader } from './programs/loader.js';
import { checkLogAttributes, finishLog, LoadLog } from './programs/log.js';
import { perfEventViolation } from './programs/perf-event.js';
import { runOnce, type TestOutcome } from './programs/run-once.js';
import { neededCapability, typeName } from './programs/types.js';
import type { ProgramVerdict } from './programs/verdict.js';
import {
  checkContextPairs,
  planTest,
  type TestPlan,
  type TestRunAttributes,
  writeOutputs,
} from './programs/test-run.js';

export type { ProgramLoadAttributes } from './programs/attributes.js';
export type { TestRunAttributes } from './programs/test-run.js';
export type { ProgramVerdict } from './programs/verdict.js';

interface LoadedProgram {
  readonly attributes: ProgramLoadAttributes;
  readonly options: LoadOptions;
  readonly maps: readonly MapObject[];
  readonly prepared: Prepared;
  readonly module: WebAssembly.Module | null;
  /** Address of the coverage counters, 0 = none. */
  readonly coverage: number;
  readonly log: LoadLog;
  readonly lines: readonly LineInfo[];
}

/** A u32 for each slot. */
const COUNTER_BYTES = 4;
/** Name of a program's function in stack traces when it has none of its own. */
const UNNAMED = 'program';

export interface ProgramsHooks {
  /** A line that a program printed on the main thread. */
  printk?(line: PrintkLine): void;
  /** A trap on the main thread left its section. */
  readersLeft?(): void;
  trap?(error: ProgramTrapError): void;
}

/**
 * The service behind PROG_LOAD and PROG_TEST_RUN, and behind the friendly `Program`. It owns what the kernel's
 * program objects leave out: the compiled form that threads install.
 */
export class Programs {
  readonly #kernel: Kernel;
  readonly #hooks: ProgramsHooks;
  readonly #loader = new Loader();
  readonly #installed = new Map<number, InstalledProgram>();
  readonly #verdicts = new Map<number, ProgramVerdict>();
  readonly #texts = new Map<number, ProgramText>();
  readonly #counters = new Map<number, { readonly address: number; readonly slots: number }>();
  readonly #backend: ProgramBackend;
  #pool: Pool | null = null;

  constructor(kernel: Kernel, hooks: ProgramsHooks = {}) {
    this.#kernel = kernel;
    this.#hooks = hooks;
    this.#backend = programBackend(
      this,
      () => this.#pool,
      (fd) => kernel.close(fd),
    );
  }

  /** Programs loaded so far and from now on are posted to the pool's workers. */
  attach(pool: Pool): void {
    this.#pool = pool;
    for (const program of this.#installed.values()) pool.install(program);
  }

  /** PROG_LOAD. Returns a descriptor. The log buffer is written whether the load succeeds or not. */
  load(attributes: ProgramLoadAttributes, options: LoadOptions = {}): number {
    const log = this.#begin(attributes);
    return this.#logged(log, attributes, () => {
      const coverage = this.#coverage(attributes, options);
      try {
        const { job, maps } = buildJob(this.#kernel, attributes, options, coverage);
        const prepared = prepare(job);
        const lines = job.verify.lines ?? [];
        return this.#take({ attributes, options, maps, prepared, module: moduleOf(prepared), coverage, log, lines });
      } catch (error) {
        this.#freeCoverage(coverage);
        throw error;
      }
    });
  }

  /**
   * As `load`, verifying and compiling on the loading thread. The maps that the program names are held meanwhile.
   * Rejects with AbortError when the signal fires.
   */
  async loadAsync(
    attributes: ProgramLoadAttributes,
    options: LoadOptions & { signal?: AbortSignal } = {},
  ): Promise<number> {
    const log = this.#begin(attributes);
    const coverage = this.#coverage(attributes, options);
    const held: MapObject[] = [];
    try {
      const { job, maps } = buildJob(this.#kernel, attributes, options, coverage);
      for (const map of maps) {
        this.#kernel.holdMap(map);
        held.push(map);
      }
      const { prepared, module } = await this.#loader.prepare(job, options.signal);
      return this.#logged(log, attributes, () =>
        this.#take({ attributes, options, maps, prepared, module, coverage, log, lines: job.verify.lines ?? [] }),
      );
    } catch (error) {
      this.#freeCoverage(coverage);
      throw error;
    } finally {
      for (const map of held) this.#kernel.putMap(map);
    }
  }

  /** Instructions of assembly text, translated on the loading thread. Rejects with AssemblyError or AbortError. */
  assemble(job: AssembleJob, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#loader.assemble(job, signal);
  }

  /** What the verifier said of a loaded program. */
  verdict(id: number): ProgramVerdict {
    const verdict = this.#verdicts.get(id);
    if (verdict === undefined) throw new Error(`broken invariant: program ${id} has no verdict`);
    return verdict;
  }

  /** Source lines of a program by slot, from its BTF. */
  lines(id: number): readonly LineInfo[] {
    return this.#texts.get(id)?.lines ?? [];
  }

  /** Coverage counters of a program, one a slot of 8 bytes; undefined when it was loaded without. */
  coverage(id: number): Uint32Array | undefined {
    const counters = this.#counters.get(id);
    if (counters === undefined) return undefined;
    const first = counters.address / COUNTER_BYTES;
    return this.#kernel.arena.u32.slice(first, first + counters.slots);
  }

  /** Run count and run time of a program, over all threads, workers included that run it at the moment. */
  counts(id: number): ProgramCounts {
    const installed = this.#installed.get(id);
    if (installed === undefined) throw new BpfError('EBADF', 'counts', `program id ${id}: there is no such program`);
    return readCounts(this.#kernel.arena.memory, installed.counters);
  }

  /** Ends the loading thread; loads under way reject. */
  close(): Promise<void> {
    return this.#loader.close();
  }

  /** PROG_TEST_RUN, on the calling thread. Outputs are written into `attributes`. Returns 0. */
  testRun(attributes: TestRunAttributes): number {
    checkContextPairs(attributes);
    const program = this.#kernel.programOf(attributes.prog_fd, 'PROG_TEST_RUN');
    checkRunsAlone(program, 'PROG_TEST_RUN');
    const plan = planTest(attributes, program.type, this.verdict(program.id).maxContextOffset);
    writeOutputs(attributes, plan, this.runPlan(program, plan));
    return 0;
  }

  /** The program of a descriptor. EBADF, EINVAL. */
  programOf(fd: number): ProgramObject {
    return this.#kernel.programOf(fd, 'PROG_TEST_RUN');
  }

  /** A test run that was checked. `trace` makes the interpreter run it, and is called after each instruction. */
  runPlan(program: ProgramObject, plan: TestPlan, trace?: (step: TraceStep) => void): TestOutcome {
    const installed = this.#compiled(program);
    this.#leaseCpu();
    const host: ProgramHost = {
      now: monotonicNanoseconds,
      printk: (programId: number, text: string) => this.#printk(programId, text),
      ensureProgram: (id: number): boolean => this.#ensure(id, host),
    };
    try {
      const { arena } = this.#kernel;
      const engine = testEngine({ arena, installed, host, text: (id) => this.#texts.get(id), trace });
      return runOnce(arena, installed, engine, plan);
    } catch (error) {
      // Whatever ended it, its section was left.
      this.#hooks.readersLeft?.();
      if (error instanceof ProgramTrapError) this.#hooks.trap?.(error);
      throw error;
    }
  }

  /** A tail call goes to a program that this thread has not run yet. */
  #ensure(id: number, host: ProgramHost): boolean {
    const installed = this.#installed.get(id);
    if (installed === undefined || installed.module === null) return false;
    installProgram(this.#kernel.arena, { ...installed, module: installed.module }, host);
    return true;
  }

  /** For `KernelHooks.onProgramReleased`: nothing runs the program and nothing can name it any more. */
  released(program: ProgramObject): void {
    const counted = this.#installed.get(program.id)?.counters ?? 0;
    if (counted !== 0) this.#kernel.arena.core.memoryFree(counted);
    this.#installed.delete(program.id);
    this.#verdicts.delete(program.id);
    this.#texts.delete(program.id);
    this.#freeCoverage(this.#counters.get(program.id)?.address ?? 0);
    this.#counters.delete(program.id);
    this.#pool?.uninstall(program.id);
    uninstallProgram(this.#kernel.arena, program.id);
  }

  /** The friendly object for a descriptor of a program, which it takes over. */
  open(fd: number): Program {
    const { id, name, type } = this.#kernel.programOf(fd, 'open', 'fd');
    return new Program({ id, name, type: typeName(type), fd }, this.#backend);
  }

  /** What the pool needs to run a program, held for as long as it runs. EBADF if there is no such program. */
  runnable(id: number): RunnableProgram {
    const program = this.#kernel.programById(id);
    if (program === undefined) throw new BpfError('EBADF', 'run', `program id ${id}: there is no such program`);
    checkRunsAlone(program, 'run');
    this.#compiled(program);
    if (program.type === ProgramType.PERF_EVENT) throw notRunnable(program);
    return {
      id,
      type: program.type,
      hold: () => {
        this.#kernel.holdProgram(program);
        return () => this.#kernel.putProgram(program);
      },
    };
  }

  /** Order of the kernel: may the caller load programs at all, then programs of this type. */
  #checkCaller(type: number): void {
    this.#kernel.require('CAP_BPF', 'PROG_LOAD', 'loading a program');
    const more = neededCapability(type);
    if (more !== null) this.#kernel.require(more, 'PROG_LOAD', 'loading a program of this type');
  }

  /** The checks that come before the program's text. */
  #begin(attributes: ProgramLoadAttributes): LoadLog {
    this.#checkCaller(attributes.prog_type);
    checkLoadAttributes(attributes);
    const fault = checkLogAttributes(attributes);
    if (fault !== null) throw new BpfError('EINVAL', 'PROG_LOAD', fault);
    return new LoadLog(attributes);
  }

  /** Write the log out after `run`, whether it succeeds or not. */
  #logged(log: LoadLog, attributes: ProgramLoadAttributes, run: () => number): number {
    let fd: number;
    try {
      fd = run();
    } catch (error) {
      finishLog(log, attributes, error);
      throw error;
    }
    try {
      finishLog(log, attributes);
    } catch (error) {
      this.#kernel.close(fd);
      throw error;
    }
    return fd;
  }

  #take(loaded: LoadedProgram): number {
    const { attributes, maps, prepared, log } = loaded;
    log.append(prepared.log);
    if (attributes.prog_type === ProgramType.PERF_EVENT && this.#kernel.rules === '4.12') {
      const violation = perfEventViolation(maps);
      if (violation !== null) throw new BpfError('EINVAL', 'PROG_LOAD', violation);
    }
    if (!prepared.ok) throw refusal(prepared);
    return this.#add(loaded, prepared);
  }

  #add({ attributes, options, maps, module, coverage, lines }: LoadedProgram, prepared: PreparedProgram): number {
    const name = programName(attributes.prog_name);
    const insns = instructionBytes(attributes).slice();
    const { prog_type: type, expected_attach_type: expectedAttachType = 0, prog_flags: flags = 0 } = attributes;
    const program = this.#kernel.addProgram({ name, type, expectedAttachType, flags, insns, module, maps: [...maps] });
    const { compiled } = prepared;
    const runs = prepared.missing === null;
    const interpreted = runs && (module === null || options.engine === 'interpreter');
    const installed: InstalledProgram = {
      id: program.id,
      name: name || UNNAMED,
      moduleName: compiled?.moduleName ?? '',
      type,
      module,
      offsets: compiled?.offsets ?? new Uint32Array(0),
      counters: allocate(this.#kernel.arena, PROGRAM_COUNTERS.size, 'the counters of a program'),
      text: prepared.program,
      interpreted,
      missing: prepared.missing,
    };
    program.counters = installed.counters;
    this.#installed.set(program.id, installed);
    this.#texts.set(program.id, { text: runs ? prepared.program : null, lines });
    const { log, counts, warnings } = prepared;
    this.#verdicts.set(program.id, {
      log,
      processed: counts?.processed ?? null,
      warnings,
      maxContextOffset: prepared.program.maxContextOffset ?? 0,
      wasm: compiled?.wasm ?? null,
      wasmOffsets: installed.offsets,
    });
    if (coverage !== 0) this.#counters.set(program.id, { address: coverage, slots: insns.length / SLOT_SIZE });
    this.#pool?.install(installed);
    const fd = this.#kernel.openProgram(program);
    this.#kernel.putProgram(program);
    return fd;
  }

  /** Room for coverage counters: its address, or 0 when none were asked for. */
  #coverage(attributes: ProgramLoadAttributes, { coverage = false }: LoadOptions): number {
    if (!coverage) return 0;
    return allocate(
      this.#kernel.arena,
      (instructionBytes(attributes).length / SLOT_SIZE) * COUNTER_BYTES,
      'coverage counters',
    );
  }

  #freeCoverage(address: number): void {
    if (address !== 0) this.#kernel.arena.core.memoryFree(address);
  }

  #compiled(program: ProgramObject): InstalledProgram {
    const installed = this.#installed.get(program.id);
    if (installed === undefined) throw new Error(`broken invariant: program ${program.id} has no compiled form`);
    const { missing } = installed;
    if (missing !== null) throw new BpfError('ENOTSUPP', 'run', missing, { missing });
    return installed;
  }

  /** Test runs use a CPU number that no worker holds: main leases one and keeps it. */
  #leaseCpu(): void {
    const { core, slot } = this.#kernel.arena;
    if (core.slotCpu(slot) >= 0) return;
    const cpu = core.leaseCpu();
    if (cpu >= 0) return;
    const hint = 'every CPU number is held by a worker; create the runtime with possibleCpus above its workers';
    throw BpfError.of(-cpu, 'PROG_TEST_RUN', hint);
  }

  #printk(programId: number, text: string): void {
    const program = this.#kernel.programById(programId)?.name ?? '';
    const cpu = this.#kernel.core.slotCpu(this.#kernel.arena.slot);
    this.#hooks.printk?.({ programId, program, cpu, text });
  }
}

function notRunnable(program: ProgramObject): BpfError {
  const missing = 'running PERF_EVENT programs';
  return new BpfError('ENOTSUPP', 'run', `program ${program.id} is of type PERF_EVENT, which can be loaded only`, {
    missing,
  });
}
