/** Helpers that need JavaScript: clocks, text, the process's identity, routes. Values are BigInts, as compiled programs pass them. */
import type { Arena } from '../arena.js';
import { formatPrintk, readFormat } from './printk.js';

/** What a thread gives to the programs it runs. */
export interface ProgramHost {
  /** Nanoseconds of a clock that all threads share and that never goes back. */
  now(): number;
  /** One line of bpf_trace_printk output of the program with this id. */
  printk(programId: number, text: string): void;
  /** Install the program that a tail call is about to enter; false: it cannot be had, and the caller goes on. */
  ensureProgram?(programId: number): boolean;
  /** Nanoseconds since the epoch, for bpf_ktime_get_tai_ns; default: of the system's clock. */
  realTime?(): number;
  /** Default: all zero, no name. */
  readonly identity?: ProcessIdentity;
  /** Answers bpf_fib_lookup: fills the parameters in (64 bytes, struct bpf_fib_lookup) and returns the helper's result. */
  fibLookup?(parameters: Uint8Array, flags: number): number;
}

export interface ProcessIdentity {
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
  readonly gid: number;
  readonly command: string;
}

export type HostHelper = (...values: bigint[]) => bigint;

const EINVAL = -22n;
const EOPNOTSUPP = -95n;
/** Values that bpf_snprintf and bpf_trace_vprintk take at most. */
const MAX_VALUES = 12;
const NANOSECONDS_A_JIFFY = 4_000_000;

/** `helper_<ID>` by name, as a program imports them from `host`. */
export function hostHelpers(arena: Arena, programId: number, host: ProgramHost): Record<string, HostHelper> {
  return { ...clocks(host), ...texts(arena, programId, host), ...identity(arena, host), ...routes(arena, host) };
}

/** The coarse clock is the exact one: it only has to be no later. */
function clocks(host: ProgramHost): Record<string, HostHelper> {
  const now = () => BigInt(Math.round(host.now()));
  return {
    helper_5: now,
    helper_118: () => BigInt(Math.floor(host.now() / NANOSECONDS_A_JIFFY)),
    helper_125: now,
    helper_160: now,
    helper_208: () => BigInt(Math.round(host.realTime?.() ?? Date.now() * 1e6)),
  };
}

function texts(arena: Arena, programId: number, host: ProgramHost): Record<string, HostHelper> {
  const print = (format: bigint, size: bigint, values: readonly bigint[]): bigint => {
    const result = formatted(arena, format, Number(size), values);
    if ('errno' in result) return BigInt(-result.errno);
    host.printk(programId, result.text);
    return BigInt(result.length);
  };
  return {
    helper_6: (format, size, ...values) => print(format as bigint, size as bigint, values),
    helper_165: (out, room, format, data, length) => {
      const values = valuesAt(arena, data as bigint, length as bigint);
      return values === null ? EINVAL : printTo(arena, address(out), Number(room), format as bigint, values);
    },
    helper_177: (format, size, data, length) => {
      const values = valuesAt(arena, data as bigint, length as bigint);
      return values === null ? EINVAL : print(format as bigint, size as bigint, values);
    },
  };
}

/** bpf_snprintf: the text and a NUL as far as there is room; gives the bytes that all of it takes, NUL included. */
function printTo(arena: Arena, out: number, room: number, format: bigint, values: readonly bigint[]): bigint {
  const result = formatted(arena, format, undefined, values);
  if ('errno' in result) return BigInt(-result.errno);
  if (room > 0) {
    const bytes = Uint8Array.from(result.text.slice(0, room - 1), (letter) => letter.charCodeAt(0));
    arena.u8.set(bytes, out);
    arena.u8[out + bytes.length] = 0;
  }
  return BigInt(result.length + 1);
}

/** A format of bpf_snprintf has no size: it lies in a read-only map and ends with NUL. */
function formatted(arena: Arena, format: bigint, size: number | undefined, values: readonly bigint[]) {
  const start = address(format);
  const end = size ?? arena.u8.indexOf(0, start) + 1 - start;
  const text = readFormat(arena.u8, start, end);
  return text === null ? { errno: 22 } : formatPrintk(arena.u8, text, values);
}

/** `length` bytes of 64-bit values, or null: not a multiple of 8, or more than there may be. */
function valuesAt(arena: Arena, data: bigint, length: bigint): bigint[] | null {
  const bytes = Number(BigInt.asUintN(32, length));
  if (bytes % 8 !== 0 || bytes > 8 * MAX_VALUES) return null;
  const view = new DataView(arena.u8.buffer, arena.u8.byteOffset);
  const start = address(data);
  return Array.from({ length: bytes / 8 }, (_, index) => view.getBigUint64(start + 8 * index, true));
}

function identity(arena: Arena, { identity: who }: ProgramHost): Record<string, HostHelper> {
  const pair = (high: number, low: number) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return {
    helper_14: () => pair(who?.pid ?? 0, who?.tid ?? 0),
    helper_15: () => pair(who?.gid ?? 0, who?.uid ?? 0),
    helper_16: (out, size) => {
      const room = Number(BigInt.asUintN(32, size as bigint));
      if (room === 0) return EINVAL;
      const start = address(out);
      arena.u8.fill(0, start, start + room);
      arena.u8.set(new TextEncoder().encode(who?.command ?? '').subarray(0, room - 1), start);
      return 0n;
    },
    // The kernel's task structure does not exist here.
    helper_35: () => 0n,
  };
}

function routes(arena: Arena, host: ProgramHost): Record<string, HostHelper> {
  return {
    helper_69: (_context, parameters, length, flags) => {
      if (host.fibLookup === undefined) return EOPNOTSUPP;
      const bytes = Number(BigInt.asUintN(32, length as bigint));
      if (bytes < 64) return EINVAL;
      const start = address(parameters);
      const copy = arena.u8.slice(start, start + 64);
      const result = host.fibLookup(copy, Number(flags));
      arena.u8.set(copy, start);
      return BigInt(result);
    },
  };
}

function address(value: bigint | undefined): number {
  return Number(BigInt.asUintN(32, value ?? 0n));
}
