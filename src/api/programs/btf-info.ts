/** BTF of a program as PROG_LOAD gives it (prog_btf_fd, func_info, line_info), in the verifier's terms. */
import {
  type Btf,
  type BtfFunction,
  FUNCTION_INFO_SIZE,
  LINE_INFO_SIZE,
  Linkage,
  readFunctionInfo,
  readLineInfo,
  resolvedType,
  sizeOf,
  stringAt,
  typeOf,
} from '../../shared/object/btf/index.js';
import type { FunctionInfo, FunctionType, LineInfo } from '../../shared/program/verifier/index.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { ProgramLoadAttributes } from './attributes.js';

export interface ProgramBtf {
  readonly functions: readonly FunctionInfo[];
  readonly lines: readonly LineInfo[];
}

const SYSCALL = 'PROG_LOAD';
const MAX_RECORD = 252;
/** The kernel's names of contexts by which a pointer parameter is a context. */
const CONTEXT_STRUCTS: ReadonlySet<string> = new Set([
  '__sk_buff', 'xdp_md', 'bpf_perf_event_data', 'pt_regs', 'bpf_user_pt_regs_t', 'bpf_raw_tracepoint_args',
]); // biome-ignore format: a list of names

/** Undefined when the program has no BTF. Throws BpfError for records that are not right (in the kernel's order). */
export function programBtf(kernel: Kernel, attributes: ProgramLoadAttributes): ProgramBtf | undefined {
  const { func_info_cnt = 0, line_info_cnt = 0, prog_btf_fd = 0 } = attributes;
  if (func_info_cnt === 0 && line_info_cnt === 0) {
    if (prog_btf_fd !== 0) kernel.btfOf(prog_btf_fd, SYSCALL, 'prog_btf_fd');
    return undefined;
  }
  const btf = kernel.btfOf(prog_btf_fd, SYSCALL, 'prog_btf_fd').types;
  const functions = records(
    'func_info',
    attributes.func_info,
    attributes.func_info_rec_size,
    func_info_cnt,
    FUNCTION_INFO_SIZE,
  );
  const lines = records(
    'line_info',
    attributes.line_info,
    attributes.line_info_rec_size,
    line_info_cnt,
    LINE_INFO_SIZE,
  );
  return {
    functions:
      functions === null ? [] : readFunctionInfo(...functions).map(({ insn, type }) => functionOf(btf, insn, type)),
    lines: lines === null ? [] : readLineInfo(...lines).map((line) => lineOf(btf, line)),
  };
}

function records(
  name: 'func_info' | 'line_info',
  bytes: Uint8Array | null | undefined,
  size: number | undefined,
  count: number,
  least: number,
): [Uint8Array, number, number] | null {
  if (count === 0) return null;
  const recordSize = size ?? least;
  if (recordSize < least || recordSize > MAX_RECORD || recordSize % 4 !== 0) {
    throw new BpfError(
      'EINVAL',
      SYSCALL,
      `${name}_rec_size: given ${recordSize}, expected a multiple of 4 from ${least} to ${MAX_RECORD}`,
    );
  }
  if (!(bytes instanceof Uint8Array) || bytes.length < recordSize * count) {
    const given = bytes instanceof Uint8Array ? `${bytes.length} bytes` : 'no buffer';
    throw new BpfError('EFAULT', SYSCALL, `${name}: given ${given}, expected ${count} records of ${recordSize} bytes`);
  }
  return [bytes, recordSize, count];
}

function functionOf(btf: Btf, slot: number, id: number): FunctionInfo {
  const type = btf.types[id];
  if (type?.kind !== 'func') {
    throw new BpfError('EINVAL', SYSCALL, `func_info: type id ${id} at instruction ${slot} is not a function`);
  }
  const prototype = prototypeOf(btf, type);
  return {
    slot,
    name: type.name,
    linkage: type.linkage === Linkage.GLOBAL ? 'global' : 'static',
    parameters: prototype.parameters.map((parameter) => valueType(btf, parameter.type)),
    returns: valueType(btf, prototype.type),
  };
}

function prototypeOf(btf: Btf, type: BtfFunction) {
  const prototype = typeOf(btf, type.type);
  if (prototype.kind === 'func_proto') return prototype;
  throw new BpfError('EINVAL', SYSCALL, `func_info: function ${type.name} has no prototype`);
}

function valueType(btf: Btf, id: number): FunctionType {
  const type = resolvedType(btf, id);
  switch (type.kind) {
    case 'void':
      return { kind: 'void' };
    case 'int':
    case 'enum':
    case 'enum64':
      return { kind: 'scalar' };
    case 'ptr':
      return pointerType(btf, type.type);
    default:
      return { kind: 'other', name: type.kind };
  }
}

function pointerType(btf: Btf, target: number): FunctionType {
  const named = typeOf(btf, target);
  const type = resolvedType(btf, target);
  if (CONTEXT_STRUCTS.has(type.name) || CONTEXT_STRUCTS.has(named.name)) return { kind: 'context' };
  if (type.kind === 'struct' && type.name === 'bpf_dynptr') return { kind: 'dynptr' };
  const size = type.kind === 'void' || type.kind === 'fwd' ? undefined : sizeOf(btf, target);
  return size === undefined
    ? { kind: 'other', name: `pointer to ${type.name || type.kind}` }
    : { kind: 'memory', size };
}

function lineOf(btf: Btf, line: { insn: number; file: number; text: number; line: number }): LineInfo {
  const text = stringAt(btf.strings, line.text);
  if (text === undefined)
    throw new BpfError('EINVAL', SYSCALL, `line_info: string offset ${line.text} is out of range`);
  return { slot: line.insn, text: text.trim(), line: line.line, file: stringAt(btf.strings, line.file) };
}
