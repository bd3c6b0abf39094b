import { Command } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { ProgramLoadAttributes } from '../programs/attributes.js';
import type { TestRunAttributes } from '../programs/test-run.js';
import { type Attributes, type BpfAttributes, readAttributes } from './attributes.js';
import * as batches from './batches.js';
import { createMap } from './create/create.js';
import * as elements from './elements.js';
import { objectInfo } from './info.js';
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
]);

const COMMAND_NAMES = new Map<number, CommandName>(
  Object.entries(Command).map(([name, number]) => [number, name as CommandName]),
);

/** bpf(2) and close(2) over the objects of one kernel side. */
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
   * is the kernel's errno, and `missing` is set where the kernel could do it and this library cannot yet.
   *
   * @param size Bytes of the attribute union, with raw bytes only. Default: all of them.
   */
  bpf(command: BpfCommand, attr: BpfAttributes, size?: number): number {
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
