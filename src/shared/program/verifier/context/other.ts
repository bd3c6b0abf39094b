/** Contexts of tracing and syscall programs (x86-64 register layout). */
import { ProgramType } from '../../../uapi.js';
import { Kind } from '../register-kinds.js';
import type { Answer, ContextAccess } from './access.js';

/** Twelve arguments of 8 bytes. */
const RAW_ARGUMENTS = 96;
const PT_REGS = 168;
const PERF_EVENT_DATA = PT_REGS + 16;
const TRACE_RECORD = 8192;
const SYSCALL_CONTEXT = 0xffff;

export function rawTracepointAccess({ offset, size, write, type }: ContextAccess): Answer {
  if (type === ProgramType.RAW_TRACEPOINT_WRITABLE && offset === 0) return size === 8 && !write ? Kind.TP_BUFFER : null;
  return write || offset >= RAW_ARGUMENTS ? null : Kind.SCALAR;
}

/** The first 8 bytes are the kernel's own. */
export function tracepointAccess({ offset, write }: ContextAccess): Answer {
  return write || offset < 8 || offset >= TRACE_RECORD ? null : Kind.SCALAR;
}

export function kprobeAccess({ offset, size, write }: ContextAccess): Answer {
  return write || offset + size > PT_REGS ? null : Kind.SCALAR;
}

/** Registers by whole words; sample_period and addr also in parts. */
export function perfEventAccess({ offset, size, write }: ContextAccess): Answer {
  if (write || offset >= PERF_EVENT_DATA) return null;
  return offset >= PT_REGS || size === 8 ? Kind.SCALAR : null;
}

export function syscallAccess({ offset }: ContextAccess): Answer {
  return offset >= SYSCALL_CONTEXT ? null : Kind.SCALAR;
}
