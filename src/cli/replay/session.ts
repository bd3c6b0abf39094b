import {
  BpfError,
  type BpfAttributes,
  type BpfCommand,
  type CallOptions,
  type MemoryMapping,
  type Runtime,
} from '../../index.js';
import { fromHex, word } from './hex.js';

/** What a replay needs of the public API. */
export type ReplayTarget = Pick<Runtime, 'bpf' | 'close' | 'mmap' | 'poll' | 'openForeign' | 'barrier'>;

/** What one op gave: the fields that the recording has, too. */
export type Outcome = Record<string, unknown>;

/** Properties of a map that sizes of buffers follow from. */
export interface MapShape {
  readonly keySize: number;
  /** Bytes of a value on the syscall side. */
  readonly valueSize: number;
}

interface Handle {
  readonly fd: number;
  open: boolean;
  shape?: MapShape;
}

/** A scenario cannot go on: it names what an op before it should have made. */
export class BrokenScenario extends Error {}

const CLOSED_FD = -1;
const NO_SHAPE: MapShape = { keySize: 64, valueSize: 64 };

/** The state of one scenario: its handles, and who and where the caller is. */
export class Session {
  readonly target: ReplayTarget;
  capabilities: CallOptions['capabilities'] = 'all';
  cpu = 0;
  readonly #handles = new Map<string, Handle>();
  readonly #mappings = new Map<string, MemoryMapping>();
  /** Id of the object that was bound to a handle first. */
  readonly #ids = new Map<string, number>();
  readonly #foreign: number[] = [];

  constructor(target: ReplayTarget) {
    this.target = target;
  }

  bpf(command: BpfCommand, attributes: BpfAttributes, size?: number): number {
    const { capabilities, cpu } = this;
    return this.target.bpf(command, attributes, { capabilities, cpu, size });
  }

  /** The descriptor of a handle; `!bad` is closed, `!null` is open and no BPF object. */
  fd(name: unknown): number {
    if (name === '!bad') return CLOSED_FD;
    if (name === '!null') return this.#foreignFd();
    const handle = this.#handles.get(String(name));
    if (handle === undefined) throw new BrokenScenario(`there is no ${String(name)}: the op that makes it failed`);
    return handle.fd;
  }

  /** For what is no map the buffers' sizes do not matter. */
  shape(name: unknown): MapShape {
    if (name === '!bad' || name === '!null') return NO_SHAPE;
    const shape = this.#handles.get(String(name))?.shape;
    if (shape === undefined) throw new BrokenScenario(`there is no map ${String(name)}: the op that makes it failed`);
    return shape;
  }

  /** Bind a new descriptor; the id is asked for by `info`, with every right. */
  bind(name: string, fd: number, idOf: (fd: number) => number, shape?: MapShape): Outcome {
    this.#handles.set(name, { fd, open: true, shape });
    if (!this.#ids.has(name)) this.#ids.set(name, idOf(fd));
    return { ret: `fd:${name}` };
  }

  id(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined) throw new BrokenScenario(`there is no ${name}: the op that makes it failed`);
    return id;
  }

  /** An id as recordings write it: a number, `id:H`, or `id:H-1`. */
  resolveId(text: unknown): number {
    if (typeof text === 'number') return text;
    const [, name = '', less] = /^id:(.*?)(-1)?$/.exec(String(text)) ?? [];
    return this.id(name) - (less === undefined ? 0 : 1);
  }

  close(name: unknown): void {
    const handle = this.#handles.get(String(name));
    if (handle === undefined) throw new BrokenScenario(`there is no ${String(name)} to close`);
    handle.open = false;
    this.target.close(handle.fd);
  }

  map(name: string, mapping: MemoryMapping): Outcome {
    this.#mappings.set(name, mapping);
    return { ret: `mm:${name}` };
  }

  mapping(name: unknown): MemoryMapping {
    const mapping = this.#mappings.get(String(name));
    if (mapping === undefined) throw new BrokenScenario(`there is no mapping ${String(name)}`);
    return mapping;
  }

  /** A value to be written: bytes, a descriptor, or NULL. */
  value(given: unknown): Uint8Array | null {
    if (given === null || given === undefined) return null;
    if (typeof given === 'string') return fromHex(given);
    return word(this.fd((given as { fd: unknown }).fd));
  }

  /** Close whatever the scenario left open. */
  end(): void {
    for (const mapping of this.#mappings.values()) mapping.unmap();
    for (const handle of this.#handles.values()) if (handle.open) this.target.close(handle.fd);
    for (const fd of this.#foreign) this.target.close(fd);
  }

  #foreignFd(): number {
    const [open] = this.#foreign;
    if (open !== undefined) return open;
    const fd = this.target.openForeign();
    this.#foreign.push(fd);
    return fd;
  }
}

/** Run a call: `ret` and `errno` as recordings have them. What is not a refusal by errno goes on as an error. */
export function attempt(run: () => Outcome | number): Outcome {
  try {
    const outcome = run();
    return typeof outcome === 'number' ? { ret: outcome } : { ret: 0, ...outcome };
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return { ret: -1, errno: error.code, missing: error.missing };
  }
}
