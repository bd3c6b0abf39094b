import { uninstallProgram } from '../shared/execution/install.js';
import { ProgramType } from '../shared/uapi.js';
import { monotonicNanoseconds } from '../workers/clock.js';
import type { InstalledProgram, PrintkLine } from '../workers/protocol.js';
import { BpfError } from './errors.js';
import type { Kernel } from './kernel/kernel.js';
import type { ProgramObject } from './kernel/objects.js';
import type { Pool, RunnableProgram } from './pool.js';
import { ProgramTrapError } from './pool/errors.js';
import { Program, type ProgramBackend } from './program.js';
import { checkLoadAttributes, instructionBytes, type ProgramLoadAttributes, programName } from './programs/attributes.js';
import { MAX_PACKET, programBackend, typeName } from './programs/backend.js';
import { type BuiltProgram, buildProgram } from './programs/build.js';
import { checkLogAttributes, LoadLog } from './programs/log.js';
import { perfEventViolation } from './programs/perf-event.js';
import { runOnce } from './programs/run-once.js';
import { type TestRunAttributes, testPacket, writeOutputs } from './programs/test-run.js';

export type { ProgramLoadAttributes } from './programs/attributes.js';
export type { TestRunAttributes } from './programs/test-run.js';

export interface ProgramsHooks {
  /** A line that a program printed on the main thread. */
  printk?(line: PrintkLine): void;
  /** A trap on the main thread left its section. */
  readersLeft?(): void;
  trap?(error: ProgramTrapError): void;
}

const TRUSTED =
  'only structural checks were made: programs are trusted code until the verifier exists, and may read and write the whole arena';

/**
 * The service behind PROG_LOAD and PROG_TEST_RUN, and behind the friendly `Program`. It owns what the kernel's
 * program objects leave out: the compiled form that threads install.
 */
export class Programs {
  readonly #kernel: Kernel;
  readonly #hooks: ProgramsHooks;
  readonly #installed = new Map<number, InstalledProgram>();
  readonly #backend: ProgramBackend;
  #pool: Pool | null = null;

  constructor(kernel: Kernel, hooks: ProgramsHooks = {}) {
    this.#kernel = kernel;
    this.#hooks = hooks;
    this.#backend = programBackend(this, () => this.#pool, (fd) => kernel.close(fd));
  }

  /** Programs loaded so far and from now on are posted to the pool's workers. */
  attach(pool: Pool): void {
    this.#pool = pool;
    for (const program of this.#installed.values()) pool.install(program);
  }

  /** PROG_LOAD. Returns a descriptor. The log buffer is written whether the load succeeds or not. */
  load(attributes: ProgramLoadAttributes): number {
    this.#checkCaller(attributes.prog_type);
    checkLoadAttributes(attributes);
    const fault = checkLogAttributes(attributes);
    if (fault !== null) throw new BpfError('EINVAL', 'PROG_LOAD', fault);
    const log = new LoadLog(attributes);
    let built: BuiltProgram;
    try {
      built = this.#build(attributes);
      log.line(TRUSTED);
    } catch (error) {
      if (error instanceof BpfError) log.line(error.message);
      finishLog(log, attributes, error);
      throw error;
    }
    finishLog(log, attributes);
    return this.#add(attributes, built);
  }

  /** PROG_TEST_RUN, on the calling thread. Outputs are written into `attributes`. Returns 0. */
  testRun(attributes: TestRunAttributes): number {
    const program = this.#kernel.programOf(attributes.prog_fd, 'PROG_TEST_RUN');
    const packet = testPacket(attributes, program.type, MAX_PACKET);
    const installed = this.#compiled(program);
    this.#leaseCpu();
    const host = {
      now: monotonicNanoseconds,
      printk: (programId: number, text: string) => this.#printk(programId, text),
    };
    try {
      writeOutputs(attributes, runOnce(this.#kernel.arena, installed, host, packet, attributes.repeat || 1));
    } catch (error) {
      if (error instanceof ProgramTrapError) {
        this.#hooks.readersLeft?.();
        this.#hooks.trap?.(error);
      }
      throw error;
    }
    return 0;
  }

  /** For `KernelHooks.onProgramReleased`: nothing runs the program and nothing can name it any more. */
  released(program: ProgramObject): void {
    this.#installed.delete(program.id);
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
    if (type === ProgramType.XDP || type === ProgramType.SCHED_CLS) {
      this.#kernel.require('CAP_NET_ADMIN', 'PROG_LOAD', 'loading a network program');
    }
    if (type === ProgramType.PERF_EVENT) {
      this.#kernel.require('CAP_PERFMON', 'PROG_LOAD', 'loading a tracing program');
    }
  }

  #build(attributes: ProgramLoadAttributes): BuiltProgram {
    const built = buildProgram(this.#kernel, instructionBytes(attributes), programName(attributes.prog_name), attributes.prog_type);
    if (attributes.prog_type === ProgramType.PERF_EVENT && this.#kernel.rules === '4.12') {
      const violation = perfEventViolation(built.maps);
      if (violation !== null) throw new BpfError('EINVAL', 'PROG_LOAD', violation);
    }
    return built;
  }

  #add(attributes: ProgramLoadAttributes, built: BuiltProgram): number {
    const { maps, module, offsets } = built;
    const name = programName(attributes.prog_name);
    const insns = instructionBytes(attributes).slice();
    const program = this.#kernel.addProgram({ name, type: attributes.prog_type, insns, module, maps });
    const installed = { id: program.id, name: built.moduleName, type: program.type, module, offsets };
    this.#installed.set(program.id, installed);
    this.#pool?.install(installed);
    const fd = this.#kernel.openProgram(program);
    this.#kernel.putProgram(program);
    return fd;
  }

  #compiled(program: ProgramObject): InstalledProgram {
    const installed = this.#installed.get(program.id);
    if (installed === undefined) throw new Error(`broken invariant: program ${program.id} has no compiled form`);
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

/** ENOSPC, for success and failure alike, when the log buffer could not hold the log. */
function finishLog(log: LoadLog, attributes: ProgramLoadAttributes, cause?: unknown): void {
  const { trueSize, truncated } = log.finish();
  attributes.log_true_size = trueSize;
  if (!truncated) return;
  const message = `log_buf: ${attributes.log_size ?? attributes.log_buf?.length} bytes, the log needs ${trueSize}`;
  throw new BpfError('ENOSPC', 'PROG_LOAD', message, { cause });
}

function notRunnable(program: ProgramObject): BpfError {
  const missing = 'running PERF_EVENT programs';
  return new BpfError('ENOTSUPP', 'run', `program ${program.id} is of type PERF_EVENT, which can be loaded only`, { missing });
}
