import { Command } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MemoryMapping } from '../../shared/mapping.js';
import type { CapabilitySet } from '../kernel/capabilities.js';
import { moveTo } from '../kernel/cpu.js';
import type { Kernel } from '../kernel/kernel.js';
import { checkOptions, matching, oneOf } from '../options.js';
import type { ProgramLoadAttributes } from '../programs/attributes.js';
import type { TestRunAttributes } from '../programs/test-run.js';
import { type Attributes, type BpfAttributes, readAttributes } from './attributes.js';
import * as batches from './batches.js';
import * as btf from './btf.js';
import { createMap } from './create/create.js';
import * as elements from './elements.js';
import { objectInfo } from './info.js';
import { type MappingOptions, mapMemory } from './mmap.js';
import { openPinned, pinObject } from './pins.js';
import { pollMap, type Readiness } from './poll.js';
import { LAYOUTS } from './layouts.js';
import * as objects from './objects.js';

type CommandName = keyof typeof Command;

/** A command by number (`Command.MAP_CREATE`) or by name, with the kernel's prefix or without. */
export type BpfCommand = Command | CommandName | `BPF_${CommandName}`;

/** PROG_LOAD and PROG_TEST_RUN: programs have a service of their own. */
export interface ProgramsService {
  /** Returns the new descriptor; may write `log_true_size` and the log buffer. */
  load(attributes: ProgramLoadAttributes): number;
  /** Returns 0; writes `retval`, `duration`, `data_size_out` and the output buffers. */
  testRun(attributes: TestRunAttributes): number;
}

type Handler = (kernel: Kernel, attributes: Attributes) => number;

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Command.MAP_CREATE, createMap],
  [Command.MAP_LOOKUP_ELEM, elements.lookup],
  [Command.MAP_UPDATE_ELEM, elements.update],
  [Command.MAP_DELETE_ELEM, elements.remove],
  [Command.MAP_GET_NEXT_KEY, elements.nextKey],
  [Command.MAP_LOOKUP_AND_DELETE_ELEM, elements.lookupAndDelete],
  [Command.MAP_FREEZE, objects.freeze],
  [Command.MAP_LOOKUP_BATCH, batches.lookupBatch],
  [Command.MAP_LOOKUP_AND_DELETE_BATCH, batches.lookupAndDeleteBatch],
  [Command.MAP_UPDATE_BATCH, batches.updateBatch],
  [Command.MAP_DELETE_BATCH, batches.deleteBatch],
  [Command.MAP_GET_FD_BY_ID, objects.mapFdById],
  [Command.MAP_GET_NEXT_ID, objects.nextMapId],
  [Command.PROG_GET_FD_BY_ID, objects.programFdById],
  [Command.PROG_GET_NEXT_ID, objects.nextProgramId],
  [Command.PROG_BIND_MAP, objects.bindMap],
  [Command.OBJ_GET_INFO_BY_FD, objectInfo],
  [Command.OBJ_PIN, pinObject],
  [Command.OBJ_GET, openPinned],
  [Command.BTF_LOAD, btf.loadBtf],
  [Command.BTF_GET_FD_BY_ID, btf.btfFdById],
  [Command.BTF_GET_NEXT_ID, objects.nextBtfId],
]);

const COMMAND_NAMES = new Map<number, CommandName>(
  Object.entries(Command).map(([name, number]) => [number, name as CommandName]),
);

/** How one call is made. */
export interface CallOptions {
  /** Bytes of the attribute union, with raw bytes only. Default: all of them. */
  readonly size?: number | undefined;
  /** What the caller may do in this call. Default: what the kernel side says (`all`). */
  readonly capabilities?: CapabilitySet | undefined;
  /** CPU on which the call (and a program that it runs) happens. Default: the main thread's. EINVAL if there is none such. */
  readonly cpu?: number | undefined;
}

/** Which sizes and CPUs there are, the call itself says. */
const CALL_OPTIONS = {
  size: matching<number>('a number of bytes', (value) => typeof value === 'number'),
  capabilities: oneOf('all', 'bpf+perfmon', 'bpf', 'none'),
  cpu: matching<number>('the number of a CPU', (value) => typeof value === 'number'),
};

/** bpf(2), close(2), mmap(2), poll(2) and unlink(2) over the objects of one kernel side. */
export class Syscalls {
  readonly kernel: Kernel;
  readonly #programs: ProgramsService | undefined;

  constructor(kernel: Kernel, programs?: ProgramsService) {
    this.kernel = kernel;
    this.#programs = programs;
  }

  /**
   * A bpf(2) call, by the rules of Linux 6.18. Attributes are an object with the kernel's names, or the bytes of
   * the attribute union. Returns what the kernel returns: 0, or a new descriptor. Throws BpfError, whose `code`
   * is the kernel's errno, and `missing` is set where the kernel could do it and this library cannot yet, or
   * OptionError for wrong options.
   *
   * @param options How the call is made; a number is its `size`.
   */
  bpf(command: BpfCommand, attr: BpfAttributes, options?: number | CallOptions): number {
    if (options === undefined || typeof options === 'number') return this.#call(command, attr, options);
    const { size, capabilities, cpu } = checkOptions(CALL_OPTIONS, options, 'bpf()');
    const { core, arena, possibleCpus } = this.kernel;
    if (cpu !== undefined) moveTo(core, arena.slot, cpu, possibleCpus);
    if (capabilities === undefined) return this.#call(command, attr, size);
    const before = this.kernel.capabilities;
    this.kernel.capabilities = capabilities;
    try {
      return this.#call(command, attr, size);
    } finally {
      this.kernel.capabilities = before;
    }
  }

  /**
   * Map the memory of a map, by the rules of mmap(2): an ARRAY with MMAPABLE, or a ring buffer. Throws BpfError:
   * EBADF, EINVAL, EACCES, EPERM, ENODEV (no map), ENOTSUPP (a type that cannot be mapped).
   */
  mmap(fd: number, options: MappingOptions): MemoryMapping {
    return mapMemory(this.kernel, fd, options);
  }

  /** What poll(2) would say now, without waiting. Throws EBADF. */
  poll(fd: number): Readiness {
    return pollMap(this.kernel, fd);
  }

  /** Take away a name that OBJ_PIN gave. Throws ENOENT. */
  unpin(path: string): void {
    this.kernel.unpin(path);
  }

  /** A descriptor of something that is no BPF object, as /dev/null is: for tests of what refuses it. */
  openForeign(): number {
    return this.kernel.files.install({ kind: 'foreign' });
  }

  #call(command: BpfCommand, attr: BpfAttributes, size: number | undefined): number {
    const number = commandNumber(command);
    const layout = LAYOUTS.get(number);
    if (layout === undefined) throw unknownCommand(number);
    const attributes = readAttributes(layout, attr, size);
    const handler = HANDLERS.get(number);
    return handler ? handler(this.kernel, attributes) : this.#program(number, attributes);
  }

  /** Close a descriptor. Throws EBADF when it is not open. */
  close(fd: number): void {
    this.kernel.close(fd);
  }

  #program(command: number, attributes: Attributes): number {
    const programs = this.#programs;
    if (programs === undefined) throw missing(attributes.syscall);
    return attributes.delegate((object) =>
      command === Command.PROG_LOAD
        ? programs.load(object as unknown as ProgramLoadAttributes)
        : programs.testRun(object as unknown as TestRunAttributes),
    );
  }
}

function commandNumber(command: BpfCommand): number {
  if (typeof command === 'number') return command;
  const name = String(command).replace(/^BPF_/, '');
  if (Object.hasOwn(Command, name)) return Command[name as CommandName];
  throw new BpfError('EINVAL', 'bpf', `cmd: ${name} is not a command; expected a name such as MAP_CREATE`);
}

function unknownCommand(number: number): BpfError {
  const name = COMMAND_NAMES.get(number);
  return name ? missing(name) : new BpfError('EINVAL', 'bpf', `cmd: ${number} is not a command of Linux 6.18`);
}

function missing(name: string): BpfError {
  return new BpfError('ENOTSUPP', name, 'this command is not there yet in this version', { missing: name });
}
