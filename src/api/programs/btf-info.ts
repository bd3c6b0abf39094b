/** BTF of a program as PROG_LOAD gives it (prog_btf_fd, func_info, line_info), in the verifier's terms. */
import {
  type Btf,
  FUNCTION_INFO_SIZE,
  LINE_INFO_SIZE,
  readFunctionInfo,
  readLineInfo,
  stringAt,
} from '../../shared/object/btf/index.js';
import { functionInfo } from '../../shared/program/function-types/index.js';
import type { FunctionInfo, LineInfo } from '../../shared/program/verifier/index.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { ProgramLoadAttributes } from './attributes.js';

export interface ProgramBtf {
  /** Undefined: there are only lines. */
  readonly functions: readonly FunctionInfo[] | undefined;
  readonly lines: readonly LineInfo[];
}

const SYSCALL = 'PROG_LOAD';
const MAX_RECORD = 252;
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
      functions === null
        ? undefined
        : readFunctionInfo(...functions).map(({ insn, type }) => functionInfo(btf, insn, type, attributes.prog_type)),
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

function lineOf(btf: Btf, line: { insn: number; file: number; text: number; line: number }): LineInfo {
  const text = stringAt(btf.strings, line.text);
  if (text === undefined)
    throw new BpfError('EINVAL', SYSCALL, `line_info: string offset ${line.text} is out of range`);
  return { slot: line.insn, text: text.trim(), line: line.line, file: stringAt(btf.strings, line.file) };
}
