import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { ETHERNET_HEADER } from '../pool/run.js';
import type { TestOutcome } from './run-once.js';

/** PROG_TEST_RUN attributes: `test` of the kernel's union. Sizes default to those of the buffers. */
export interface TestRunAttributes {
  prog_fd: number;
  data_in: Uint8Array | null;
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
  ctx_size_out?: number;
  ctx_in?: Uint8Array | null;
  ctx_out?: Uint8Array | null;
  flags?: number;
  cpu?: number;
  batch_size?: number;
}

const SYSCALL = 'PROG_TEST_RUN';
/** Types that the kernel can test-run, of those that can be loaded here. */
const RUNNABLE: readonly number[] = [ProgramType.SOCKET_FILTER, ProgramType.SCHED_CLS, ProgramType.XDP];

/** The packet to run over. Throws BpfError by the kernel's rules, in its order. */
export function testPacket(attributes: TestRunAttributes, programType: number, largest: number): Uint8Array {
  if (!RUNNABLE.includes(programType)) {
    throw new BpfError('ENOTSUPP', SYSCALL, `prog_fd: programs of type ${programType} cannot be test-run`);
  }
  for (const name of ['flags', 'cpu', 'batch_size'] as const) {
    if (attributes[name]) throw new BpfError('EINVAL', SYSCALL, `${name}: given ${attributes[name]}, expected 0`);
  }
  checkContext(attributes);
  const data = attributes.data_in ?? null;
  const size = attributes.data_size_in ?? data?.length ?? 0;
  if (size < ETHERNET_HEADER || size > largest) {
    const expected = `${ETHERNET_HEADER} (an Ethernet header) to ${largest} bytes`;
    throw new BpfError('EINVAL', SYSCALL, `data_size_in: given ${size}, expected ${expected}`);
  }
  if (data === null || data.length < size) {
    const given = data === null ? 'null' : `${data.length} bytes`;
    throw new BpfError('EFAULT', SYSCALL, `data_in: given ${given}, expected ${size} bytes`);
  }
  return data.subarray(0, size);
}

/**
 * Write the outputs. As in the kernel a `data_out` that is too small gets what fits, the other outputs are
 * written too, and then the call fails with ENOSPC.
 */
export function writeOutputs(attributes: TestRunAttributes, outcome: TestOutcome): void {
  const out = attributes.data_out ?? null;
  const { data } = outcome;
  const room = Math.min(attributes.data_size_out || Number.POSITIVE_INFINITY, out?.length ?? Number.POSITIVE_INFINITY);
  out?.set(data.subarray(0, room));
  attributes.data_size_out = data.length;
  attributes.retval = outcome.verdict;
  attributes.duration = Math.min(outcome.duration, 0xffff_ffff);
  if (room < data.length) {
    throw new BpfError('ENOSPC', SYSCALL, `data_out: room for ${room} bytes, the packet has ${data.length}`);
  }
}

/** A context given by the caller is not available yet; its size and pointer must still agree, as in the kernel. */
function checkContext(attributes: TestRunAttributes): void {
  for (const [name, sizeName] of [
    ['ctx_in', 'ctx_size_in'],
    ['ctx_out', 'ctx_size_out'],
  ] as const) {
    const buffer = attributes[name] ?? null;
    const size = attributes[sizeName] ?? 0;
    if (size !== 0 && buffer === null) {
      throw new BpfError('EINVAL', SYSCALL, `${sizeName}: given ${size} with ${name} null, expected 0`);
    }
    if (size !== 0) {
      const missing = 'a context for PROG_TEST_RUN';
      throw new BpfError('ENOTSUPP', SYSCALL, `${name}: ${missing} is not available yet, expected null`, { missing });
    }
  }
}
