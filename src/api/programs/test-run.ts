import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { packetPlan } from './contexts-skb.js';
import { rawTracepointPlan, syscallPlan } from './contexts-only.js';
import { xdpPlan } from './contexts-xdp.js';
import type { TestOutcome } from './run-once.js';

/** PROG_TEST_RUN attributes: `test` of the kernel's union. Sizes default to those of the buffers. */
export interface TestRunAttributes {
  prog_fd: number;
  /** The packet. Types without a packet take none. */
  data_in?: Uint8Array | null;
  data_size_in?: number;
  data_out?: Uint8Array | null;
  /** In: room for the packet (0 or absent: as much as `data_out` holds). Out: its length. */
  data_size_out?: number;
  /** 0 is 1. */
  repeat?: number;
  /** Out: low 32 bits of r0. */
  retval?: number;
  /** Out: mean nanoseconds of a run. */
  duration?: number;
  ctx_size_in?: number;
  /** In: room for the context. Out: its length. */
  ctx_size_out?: number;
  /** `__sk_buff`, `xdp_md`, or what the type's programs get. SYSCALL programs leave their changes here. */
  ctx_in?: Uint8Array | null;
  ctx_out?: Uint8Array | null;
  flags?: number;
  cpu?: number;
  batch_size?: number;
}

/** A test run that may begin: everything was checked. */
export interface TestPlan {
  readonly type: number;
  /** The packet; empty for types without one. */
  readonly data: Uint8Array;
  /** A copy of the caller's context, zero-filled to its full size; null when the caller wants none. */
  readonly context: Uint8Array | null;
  readonly repeat: number;
  /** The packet arrives with a checksum over all of it, which must be right after the run. */
  readonly complete?: boolean;
}

export const SYSCALL = 'PROG_TEST_RUN';

/** Flags of PROG_TEST_RUN. */
export const TestFlags = { RUN_ON_CPU: 1, XDP_LIVE_FRAMES: 2, SKB_CHECKSUM_COMPLETE: 4 } as const;

/** The kernel's first check, before it looks at the descriptor: a context and its size come together. Throws EINVAL. */
export function checkContextPairs(attributes: TestRunAttributes): void {
  for (const name of ['in', 'out'] as const) {
    const buffer = attributes[`ctx_${name}`] ?? null;
    const size = attributes[`ctx_size_${name}`] ?? buffer?.length ?? 0;
    if ((size === 0) === (buffer === null)) continue;
    const expected = size === 0 ? 'the size of its buffer' : `0 with ctx_${name} null`;
    throw new BpfError('EINVAL', SYSCALL, `ctx_size_${name}: given ${size}, expected ${expected}`);
  }
}

/**
 * Check the attributes by the rules of the program's type, in the kernel's order. Throws BpfError.
 *
 * @param maxContextOffset End of the last context bytes that the program reads or writes (types without a packet).
 */
export function planTest(attributes: TestRunAttributes, type: number, maxContextOffset = 0): TestPlan {
  switch (type) {
    case ProgramType.SOCKET_FILTER:
    case ProgramType.SCHED_CLS:
    case ProgramType.SCHED_ACT:
    case ProgramType.CGROUP_SKB:
    case ProgramType.LWT_IN:
    case ProgramType.LWT_OUT:
    case ProgramType.LWT_XMIT:
      return packetPlan(attributes, type);
    case ProgramType.XDP:
      return xdpPlan(attributes);
    case ProgramType.RAW_TRACEPOINT:
      return rawTracepointPlan(attributes, maxContextOffset);
    case ProgramType.SYSCALL:
      return syscallPlan(attributes, maxContextOffset);
    case ProgramType.FLOW_DISSECTOR:
      throw refused(type, 'test runs of FLOW_DISSECTOR programs');
    default:
      throw refused(type);
  }
}

function refused(type: number, missing?: string): BpfError {
  const message = `prog_fd: programs of type ${type} cannot be test-run`;
  return new BpfError('ENOTSUPP', SYSCALL, message, missing === undefined ? {} : { missing });
}

/** `name`, which must be 0 or absent, unless `allowed` has its bits. */
export function checkZero(attributes: TestRunAttributes, name: 'flags' | 'cpu' | 'batch_size', allowed = 0): void {
  const given = attributes[name] ?? 0;
  if ((given & ~allowed) === 0) return;
  const expected = allowed === 0 ? '0' : `a combination of 0x${allowed.toString(16)}`;
  throw new BpfError('EINVAL', SYSCALL, `${name}: given ${given}, expected ${expected}`);
}

/**
 * A copy of the caller's context, filled up with zeroes; null when the caller neither gives nor wants one. Throws
 * E2BIG for bytes behind `size` that are not zero.
 */
export function contextCopy(attributes: TestRunAttributes, size: number): Uint8Array | null {
  const given = attributes.ctx_in ?? null;
  if (given === null) return attributes.ctx_out ? new Uint8Array(size) : null;
  const bytes = attributes.ctx_size_in ?? given.length;
  if (bytes > LARGEST_ATTRIBUTE || given.subarray(size, bytes).some((byte) => byte !== 0)) {
    throw new BpfError(
      'E2BIG',
      SYSCALL,
      `ctx_size_in: given ${bytes} bytes, of which only the first ${size} may be set`,
    );
  }
  if (bytes > given.length) {
    throw new BpfError('EFAULT', SYSCALL, `ctx_in: given ${given.length} bytes, expected ${bytes}`);
  }
  const copy = new Uint8Array(size);
  copy.set(given.subarray(0, Math.min(size, bytes)));
  return copy;
}

/** The kernel looks at a page of what lies behind a structure that it knows. */
const LARGEST_ATTRIBUTE = 4096;

/** `data_size_in` bytes of `data_in`, `least` to `most` of them. Throws EINVAL, EFAULT. */
export function packetBytes(attributes: TestRunAttributes, least: number, most: number): Uint8Array {
  const data = attributes.data_in ?? null;
  const size = attributes.data_size_in ?? data?.length ?? 0;
  if (size < least || size > most) {
    const expected = `${least} (an Ethernet header) to ${most} bytes`;
    throw new BpfError('EINVAL', SYSCALL, `data_size_in: given ${size}, expected ${expected}`);
  }
  return packetOf(data, size);
}

export function packetOf(data: Uint8Array | null, size: number): Uint8Array {
  if (data !== null && data.length >= size) return data.subarray(0, size);
  const given = data === null ? 'null' : `${data.length} bytes`;
  throw new BpfError('EFAULT', SYSCALL, `data_in: given ${given}, expected ${size} bytes`);
}

/**
 * Write the outputs. As in the kernel an output that is too small gets what fits, the other outputs are written
 * too, and then the call fails with ENOSPC.
 */
export function writeOutputs(attributes: TestRunAttributes, plan: TestPlan, outcome: TestOutcome): void {
  attributes.retval = Number(BigInt.asUintN(32, outcome.r0));
  attributes.duration = Math.min(outcome.duration, 0xffff_ffff);
  if (plan.type === ProgramType.SYSCALL) {
    if (outcome.context !== null) attributes.ctx_in?.set(outcome.context);
    return;
  }
  if (plan.type === ProgramType.RAW_TRACEPOINT || plan.type === ProgramType.PERF_EVENT) return;
  const packetShort = writeData(attributes, outcome);
  if (packetShort !== null) throw packetShort;
  const contextShort = outcome.context === null ? null : writeContext(attributes, outcome.context);
  if (contextShort !== null) throw contextShort;
}

/** A packet in pieces that does not fit loses from its first piece, not from its end. */
function writeData(attributes: TestRunAttributes, { data, fragments }: TestOutcome): BpfError | null {
  const out = attributes.data_out ?? null;
  const asked = attributes.data_size_out ?? 0;
  const room = Math.min(asked || Number.POSITIVE_INFINITY, out?.length ?? Number.POSITIVE_INFINITY);
  const fits = room >= data.length;
  const linear = Math.max(0, Math.min(room, data.length) - fragments);
  if (out !== null) {
    out.set(data.subarray(0, linear));
    out.set(
      data.subarray(data.length - fragments).subarray(0, Math.max(0, Math.min(room, data.length) - linear)),
      linear,
    );
  }
  attributes.data_size_out = data.length;
  if (fits) return null;
  return new BpfError('ENOSPC', SYSCALL, `data_out: room for ${room} bytes, the packet has ${data.length}`);
}

function writeContext(attributes: TestRunAttributes, context: Uint8Array): BpfError | null {
  const out = attributes.ctx_out ?? null;
  if (out === null) return null;
  const room = Math.min(attributes.ctx_size_out || out.length, out.length);
  out.set(context.subarray(0, room));
  attributes.ctx_size_out = context.length;
  if (room >= context.length) return null;
  return new BpfError('ENOSPC', SYSCALL, `ctx_out: room for ${room} bytes, the context has ${context.length}`);
}
