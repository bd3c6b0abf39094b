/** The live Linux kernel behind the same calls as the library's `runtime.bpf()`, and a few shorthands over them. */
import { encodeCall, type PeerAttributes, type PeerCommand } from './abi.js';
import { KernelError } from './error.js';
import type { Libc } from './libc.js';

export interface PeerMap {
  /** Number of the map type, as in `enum bpf_map_type`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly name?: string;
  /** Descriptor of the template, for an outer map. */
  readonly innerFd?: number;
}

export interface PeerProgram {
  /** Number of the program type, as in `enum bpf_prog_type`. */
  readonly type: number;
  /** Instructions, 8 bytes each, map references already replaced by descriptors. */
  readonly insns: Uint8Array;
  readonly name?: string;
  /** Default GPL. */
  readonly license?: string;
  /** Log level (1 or 2); default 0: the log is written only for a program that is refused. */
  readonly log?: number;
}

export interface PeerTestRun {
  readonly fd: number;
  readonly dataIn: Uint8Array;
  /** Default 1. */
  readonly repeat?: number;
  /** Room for the packet as the last run left it; default: as `dataIn` and 256 bytes more. */
  readonly room?: number;
}

export interface PeerTestResult {
  /** Low 32 bits of r0 of the last run. */
  readonly retval: number;
  /** Mean of a run in whole nanoseconds, rounded down by the kernel. */
  readonly durationNs: number;
  readonly dataOut: Uint8Array;
}

const LOG_BYTES = 1 << 20;
const EINTR = 4;
const ENOENT = 2;

export class KernelPeer {
  /** Absent, so that `openKernel()`'s result can be told apart by it. */
  readonly unavailable?: undefined;
  readonly #libc: Libc;
  readonly #open = new Set<number>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** One call of bpf(2): its result (a descriptor, or 0), or -errno. Results are written to `attributes`. */
  attempt(command: PeerCommand, attributes: PeerAttributes): number {
    const call = encodeCall(command, attributes, this.#libc.address);
    let result = this.#libc.bpf(call.number, call.bytes);
    // A test run gives up when a signal arrives (Node's own timers and workers send some).
    while (result === -EINTR) result = this.#libc.bpf(call.number, call.bytes);
    call.readResults();
    if (result >= 0 && RETURNS_FD.has(command)) this.#open.add(result);
    return result;
  }

  /** As `attempt`, throwing KernelError: the shape of the library's `runtime.bpf()`. */
  bpf(command: PeerCommand, attributes: PeerAttributes): number {
    const result = this.attempt(command, attributes);
    if (result < 0) throw new KernelError(command, -result);
    return result;
  }

  /** Close a descriptor. Throws EBADF when it is not one of this peer's. */
  close(fd: number): void {
    if (!this.#open.delete(fd)) throw new KernelError('close', 9);
    this.#libc.close(fd);
  }

  /** Descriptor of a new map. */
  mapCreate(map: PeerMap): number {
    return this.bpf('MAP_CREATE', {
      map_type: map.type,
      key_size: map.keySize,
      value_size: map.valueSize,
      max_entries: map.maxEntries,
      map_flags: map.flags,
      inner_map_fd: map.innerFd,
      map_name: map.name,
    });
  }

  /** Set an element; for an outer map `value` is the inner map's descriptor, 4 bytes. */
  update(fd: number, key: Uint8Array, value: Uint8Array, flags = 0): void {
    this.bpf('MAP_UPDATE_ELEM', { map_fd: fd, key, value, flags });
  }

  /** A copy of the value, or undefined. */
  lookup(fd: number, key: Uint8Array, valueSize: number): Uint8Array | undefined {
    const value = new Uint8Array(valueSize);
    return this.#found('MAP_LOOKUP_ELEM', { map_fd: fd, key, value }) ? value : undefined;
  }

  /** Whether the key was there. */
  delete(fd: number, key: Uint8Array): boolean {
    return this.#found('MAP_DELETE_ELEM', { map_fd: fd, key });
  }

  /** The key behind `key` (null: the first one), or undefined at the end. */
  nextKey(fd: number, key: Uint8Array | null, keySize: number): Uint8Array | undefined {
    const next = new Uint8Array(keySize);
    return this.#found('MAP_GET_NEXT_KEY', { map_fd: fd, key, next_key: next }) ? next : undefined;
  }

  /** Set `count` elements from packed keys and values. */
  updateMany(fd: number, keys: Uint8Array, values: Uint8Array, count: number): void {
    this.bpf('MAP_UPDATE_BATCH', { map_fd: fd, keys, values, count });
  }

  /** Load a program. A refused one throws KernelError with the verifier's log, whatever `log` says. */
  progLoad(program: PeerProgram): { fd: number; log: string } {
    const buffer = new Uint8Array(LOG_BYTES);
    const load = (level: number) =>
      this.attempt('PROG_LOAD', {
        prog_type: program.type,
        insn_cnt: program.insns.length / 8,
        insns: program.insns,
        license: new TextEncoder().encode(`${program.license ?? 'GPL'}\0`),
        prog_name: program.name,
        ...(level === 0 ? {} : { log_level: level, log_size: buffer.length, log_buf: buffer }),
      });
    const wanted = program.log ?? 0;
    let result = load(wanted);
    if (result < 0 && wanted === 0) result = load(1);
    const log = new TextDecoder().decode(buffer.subarray(0, Math.max(0, buffer.indexOf(0))));
    if (result < 0) throw new KernelError('PROG_LOAD', -result, log);
    return { fd: result, log };
  }

  /** Run a loaded program over one packet, `repeat` times; the packet goes from run to run. */
  testRun(run: PeerTestRun): PeerTestResult {
    const out = new Uint8Array(run.room ?? run.dataIn.length + 256);
    const attributes: PeerAttributes = {
      prog_fd: run.fd,
      data_in: run.dataIn,
      data_size_in: run.dataIn.length,
      data_out: out,
      data_size_out: out.length,
      repeat: run.repeat ?? 1,
    };
    this.bpf('PROG_TEST_RUN', attributes);
    return {
      retval: Number(attributes['retval']),
      durationNs: Number(attributes['duration']),
      dataOut: out.slice(0, Number(attributes['data_size_out'])),
    };
  }

  /** Memory of a map, shared with the kernel (mmap(2)). Throws KernelError. */
  mmap(fd: number, length: number, offset: number, writable: boolean): ArrayBuffer {
    const memory = this.#libc.mmap(fd, length, offset, writable);
    if (typeof memory === 'number') throw new KernelError('mmap', -memory);
    return memory;
  }

  /** Close every descriptor that is still open. */
  [Symbol.dispose](): void {
    for (const fd of [...this.#open]) this.close(fd);
  }

  #found(command: PeerCommand, attributes: PeerAttributes): boolean {
    const result = this.attempt(command, attributes);
    if (result === -ENOENT) return false;
    if (result < 0) throw new KernelError(command, -result);
    return true;
  }
}

const RETURNS_FD: ReadonlySet<PeerCommand> = new Set(['MAP_CREATE', 'PROG_LOAD', 'MAP_GET_FD_BY_ID', 'BTF_LOAD']);
