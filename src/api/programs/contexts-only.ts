/** Test runs of programs that have a context and no packet. Rules established on Linux 6.18. */
import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { checkZero, SYSCALL, TestFlags, type TestPlan, type TestRunAttributes } from './test-run.js';

/** Twelve arguments of a tracepoint. */
const RAW_TRACEPOINT_CONTEXT = 96;
const LONGEST_SYSCALL_CONTEXT = 65_535;
/** `bpf_perf_event_data`: registers, sample period, address. Longest of all architectures. */
const LONGEST_PERF_CONTEXT = 1024;

const NO_PACKET = ['data_in', 'data_out', 'ctx_out', 'duration', 'repeat'] as const;

export function rawTracepointPlan(attributes: TestRunAttributes, maxContextOffset: number): TestPlan {
  for (const name of NO_PACKET) refuse(attributes, name);
  checkZero(attributes, 'batch_size');
  const context = contextBytes(attributes, maxContextOffset, RAW_TRACEPOINT_CONTEXT);
  const onCpu = ((attributes.flags ?? 0) & TestFlags.RUN_ON_CPU) !== 0;
  if (!onCpu) checkZero(attributes, 'cpu');
  return {
    type: ProgramType.RAW_TRACEPOINT,
    data: new Uint8Array(0),
    context: padded(context, RAW_TRACEPOINT_CONTEXT),
    repeat: 1,
  };
}

export function syscallPlan(attributes: TestRunAttributes, maxContextOffset: number): TestPlan {
  for (const name of [...NO_PACKET, 'flags'] as const) refuse(attributes, name);
  checkZero(attributes, 'batch_size');
  const context = contextBytes(attributes, maxContextOffset, LONGEST_SYSCALL_CONTEXT);
  return { type: ProgramType.SYSCALL, data: new Uint8Array(0), context, repeat: 1 };
}

/** PERF_EVENT programs cannot be test-run by the kernel; here they may, with a context that the caller gives. */
export function perfEventPlan(context: Uint8Array, repeat: number): TestPlan {
  if (context.length > LONGEST_PERF_CONTEXT) {
    const expected = `at most ${LONGEST_PERF_CONTEXT} bytes`;
    throw new BpfError('EINVAL', 'testRun', `context: given ${context.length} bytes, expected ${expected}`);
  }
  return { type: ProgramType.PERF_EVENT, data: new Uint8Array(0), context: context.slice(), repeat };
}

/** A copy of the caller's context, which must hold all that the program touches. */
function contextBytes(attributes: TestRunAttributes, least: number, most: number): Uint8Array {
  const given = attributes.ctx_in ?? null;
  const size = attributes.ctx_size_in ?? given?.length ?? 0;
  if (size < least || size > most) {
    throw new BpfError('EINVAL', SYSCALL, `ctx_size_in: given ${size}, expected ${least} to ${most} bytes`);
  }
  if ((given?.length ?? 0) < size) {
    throw new BpfError('EFAULT', SYSCALL, `ctx_in: given ${given?.length ?? 0} bytes, expected ${size}`);
  }
  return given === null ? new Uint8Array(0) : given.slice(0, size);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes);
  return copy;
}

function refuse(attributes: TestRunAttributes, name: keyof TestRunAttributes): void {
  if (!attributes[name]) return;
  throw new BpfError('EINVAL', SYSCALL, `${name}: programs of this type take none, expected null or 0`);
}
