/** BTF_LOAD and descriptors of BTF. */
import { BtfError, checkBtf } from '../../shared/object/btf/index.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { LoadLog, checkLogAttributes } from '../programs/log.js';
import type { Attributes } from './attributes.js';

const MAX_BTF_SIZE = 16 * 1024 * 1024;
const TOKEN_FD = 1 << 16;

/** flags → capability → size → bytes → log → the BTF itself. Returns a descriptor. */
export function loadBtf(kernel: Kernel, attributes: Attributes): number {
  const { syscall } = attributes;
  const flags = attributes.number('btf_flags');
  if (flags & ~TOKEN_FD) throw attributes.invalid(`btf_flags: ${flags}, expected 0`);
  if (flags & TOKEN_FD) throw notToken(kernel, attributes.number('btf_token_fd'), syscall, 'btf_token_fd');
  kernel.require('CAP_BPF', syscall, 'loading BTF');
  const size = attributes.number('btf_size');
  if (size > MAX_BTF_SIZE) throw new BpfError('E2BIG', syscall, `btf_size: ${size}, expected at most ${MAX_BTF_SIZE}`);
  const log = openLog(attributes);
  const bytes = attributes.buffer('btf', size).slice(0, size);
  try {
    const object = kernel.addBtf(bytes, checkBtf(bytes));
    finish(attributes, log);
    const fd = kernel.openBtf(object);
    kernel.btfs.put(object);
    return fd;
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    log.line(error.message);
    finish(attributes, log);
    throw new BpfError(error.errno, syscall, `btf: ${error.message}`, { cause: error });
  }
}

export function btfFdById(kernel: Kernel, attributes: Attributes): number {
  const flags = attributes.number('open_flags');
  if (flags & ~TOKEN_FD) throw attributes.invalid(`open_flags: ${flags}, expected 0`);
  kernel.require('CAP_SYS_ADMIN', attributes.syscall, 'opening BTF by id');
  const id = attributes.number('btf_id');
  const object = kernel.btfs.get(id);
  if (object === undefined) throw new BpfError('ENOENT', attributes.syscall, `btf_id: there is no BTF with id ${id}`);
  return kernel.openBtf(object);
}

/** No token can exist here: closed descriptors are EBADF, all others are something else. */
export function notToken(kernel: Kernel, fd: number, syscall: string, attribute: string): BpfError {
  if (kernel.files.get(fd) === undefined)
    return new BpfError('EBADF', syscall, `${attribute}: ${fd} is not an open descriptor`);
  return new BpfError('EINVAL', syscall, `${attribute}: ${fd} is not a BPF token`);
}

function openLog(attributes: Attributes): LoadLog {
  const given = {
    log_level: attributes.number('btf_log_level'),
    log_size: attributes.number('btf_log_size'),
    log_buf: attributes.pointer('btf_log_buf'),
  };
  const fault = checkLogAttributes(given);
  if (fault !== null) throw attributes.invalid(`btf_${fault}`);
  return new LoadLog(given);
}

/** ENOSPC when the buffer could not hold the log. */
function finish(attributes: Attributes, log: LoadLog): void {
  const { trueSize, truncated } = log.finish();
  attributes.write('btf_log_true_size', trueSize);
  if (truncated) throw new BpfError('ENOSPC', attributes.syscall, `btf_log_buf: the log needs ${trueSize} bytes`);
}
