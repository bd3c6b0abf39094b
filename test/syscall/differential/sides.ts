/**
 * The same call on both sides: the library, and the live kernel. Attributes of the kernel are encoded here and not by
 * the library's tables, so that a wrong offset there shows as a difference.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { BpfError, MapType } from 'innermap';
import { type Libc, openLibc } from '../../../bench/kernel/libc.js';
import type { MapConfig } from './configs.js';
import { syscallTarget, type SyscallTarget } from '../target.js';

export type Attributes = Record<string, number | bigint | Uint8Array | null>;

export interface Answer {
  /** A descriptor, 0, or -errno. */
  readonly result: number;
  /** `count`, `info_len`, `next_id` after the call. */
  readonly written: Readonly<Record<string, number>>;
}

export interface Side {
  readonly name: string;
  call(command: Command, attributes: Attributes): Answer;
  close(fd: number): void;
}

type Row = readonly [
  number: number,
  size: number,
  fields: Readonly<Record<string, readonly [offset: number, bytes: 4 | 8]>>,
  out: readonly string[],
];

const ELEMENT = { map_fd: [0, 4], key: [8, 8], value: [16, 8], flags: [24, 8] } as const;
const BATCH = {
  in_batch: [0, 8], out_batch: [8, 8], keys: [16, 8], values: [24, 8], count: [32, 4], map_fd: [36, 4],
  elem_flags: [40, 8], flags: [48, 8],
} as const; // biome-ignore format: offsets
const CREATE = {
  map_type: [0, 4], key_size: [4, 4], value_size: [8, 4], max_entries: [12, 4], map_flags: [16, 4], inner_map_fd: [20, 4],
  numa_node: [24, 4], map_name: [28, 8], btf_fd: [48, 4], btf_key_type_id: [52, 4], btf_value_type_id: [56, 4], map_extra: [64, 8],
} as const; // biome-ignore format: offsets

const COMMANDS = {
  MAP_CREATE: [0, 92, CREATE, []],
  MAP_LOOKUP_ELEM: [1, 32, ELEMENT, []],
  MAP_UPDATE_ELEM: [2, 32, ELEMENT, []],
  MAP_DELETE_ELEM: [3, 32, ELEMENT, []],
  MAP_GET_NEXT_KEY: [4, 32, { map_fd: [0, 4], key: [8, 8], next_key: [16, 8], flags: [24, 8] }, []],
  MAP_LOOKUP_AND_DELETE_ELEM: [21, 32, ELEMENT, []],
  MAP_FREEZE: [22, 4, { map_fd: [0, 4] }, []],
  MAP_LOOKUP_BATCH: [24, 56, BATCH, ['count']],
  MAP_LOOKUP_AND_DELETE_BATCH: [25, 56, BATCH, ['count']],
  MAP_UPDATE_BATCH: [26, 56, BATCH, ['count']],
  MAP_DELETE_BATCH: [27, 56, BATCH, ['count']],
  MAP_GET_FD_BY_ID: [14, 12, { map_id: [0, 4], open_flags: [8, 4] }, []],
  OBJ_GET_INFO_BY_FD: [15, 16, { bpf_fd: [0, 4], info_len: [4, 4], info: [8, 8] }, ['info_len']],
  BTF_LOAD: [18, 40, { btf: [0, 8], btf_size: [16, 4] }, []],
} as const satisfies Record<string, Row>;

export type Command = keyof typeof COMMANDS;

export class KernelSide implements Side {
  readonly name = 'kernel';
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  call(command: Command, attributes: Attributes): Answer {
    const [number, size, fields, out]: Row = COMMANDS[command];
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    for (const [name, value] of Object.entries(attributes)) {
      const field = fields[name];
      if (field === undefined) throw new TypeError(`${command}: no attribute ${name}`);
      const [offset, width] = field;
      const number = value instanceof Uint8Array ? this.#libc.address(value) : BigInt(value ?? 0);
      if (width === 4) view.setUint32(offset, Number(BigInt.asUintN(32, number)), true);
      else view.setBigUint64(offset, BigInt.asUintN(64, number), true);
    }
    const result = this.#libc.bpf(number, bytes);
    const written = Object.fromEntries(out.map((name) => [name, view.getUint32(fields[name]?.[0] ?? 0, true)]));
    return { result, written };
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }
}

export class LibrarySide implements Side {
  readonly name = 'library';
  readonly target: SyscallTarget;

  constructor(target: SyscallTarget) {
    this.target = target;
  }

  call(command: Command, attributes: Attributes): Answer {
    const given: Record<string, number | bigint | Uint8Array | null> = { ...attributes };
    const [, , , out]: Row = COMMANDS[command];
    let result: number;
    try {
      result = this.target.bpf(command, given, { cpu: 0 });
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      result = -error.errno;
    }
    return { result, written: Object.fromEntries(out.map((name) => [name, Number(given[name] ?? 0)])) };
  }

  close(fd: number): void {
    this.target.close(fd);
  }
}

/** What this build of the core has not got, of what a map needs; undefined if it can be created. */
export function missingType({ target }: LibrarySide, config: MapConfig): string | undefined {
  const { type, keySize, valueSize, maxEntries, flags } = config;
  const inner = target.bpf('MAP_CREATE', { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 1 });
  try {
    const sizes = { key_size: keySize, value_size: valueSize, max_entries: maxEntries };
    target.close(target.bpf('MAP_CREATE', { map_type: type, ...sizes, map_flags: flags, inner_map_fd: inner }));
    return undefined;
  } catch (error) {
    if (error instanceof BpfError && error.missing !== undefined) return error.missing;
    throw error;
  } finally {
    target.close(inner);
  }
}

export interface Pair {
  readonly kernel: KernelSide;
  readonly library: LibrarySide;
  readonly possibleCpus: number;
}

const SCHED_SETAFFINITY: Partial<Record<NodeJS.Architecture, number>> = { x64: 203, arm64: 122, riscv64: 122 };
const ARRAY = 2;

/** Both sides, the process pinned to CPU 0; or why that is not possible here. */
export function openPair(): Pair | { readonly unavailable: string } {
  const libc = openLibc();
  if ('unavailable' in libc) return libc;
  const kernel = new KernelSide(libc);
  const { result } = kernel.call('MAP_CREATE', { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1 });
  if (result < 0) return { unavailable: `bpf(2) cannot be used here: errno ${-result}` };
  kernel.close(result);
  const fault = pin();
  if (fault !== undefined) return { unavailable: fault };
  const possibleCpus = cpusIn(readFileSync('/sys/devices/system/cpu/possible', 'utf8'));
  return { kernel, library: new LibrarySide(syscallTarget({ possibleCpus })), possibleCpus };
}

/** LRU lists are per CPU: the calls must stay on one. */
function pin(): string | undefined {
  const number = SCHED_SETAFFINITY[process.arch];
  if (number === undefined) return `the number of sched_setaffinity(2) on ${process.arch} is not known here`;
  const koffi = createRequire(import.meta.url)('koffi') as {
    load(path: null): { func(prototype: string): (...args: unknown[]) => unknown };
  };
  const mask = new Uint8Array(128);
  mask[0] = 1;
  const syscall = koffi.load(null).func('long syscall(long number, long pid, long size, void *mask)');
  return Number(syscall(number, 0, mask.length, mask)) === 0 ? undefined : 'the process cannot be pinned to CPU 0';
}

function cpusIn(list: string): number {
  const last = list.trim().split(/[,-]/).at(-1);
  return Number(last) + 1;
}
