import { getSystemErrorName } from 'node:util';

/** Names that libuv spells otherwise, or does not know. */
const NAMES: Readonly<Record<number, string>> = { 95: 'EOPNOTSUPP', 524: 'ENOTSUPP' };

/** A call that the kernel refused. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: string;
  /** Positive, as in <errno.h>. */
  readonly errno: number;
  readonly syscall: string;
  /** PROG_LOAD: what the verifier wrote. */
  readonly log: string;

  constructor(syscall: string, errno: number, log = '') {
    const code = NAMES[errno] ?? getSystemErrorName(-errno);
    const lines = log.trimEnd().split('\n');
    super(`${syscall}: the kernel gave ${code}${log === '' ? '' : `: ${lines.slice(-2).join(' / ')}`}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    this.log = log;
  }
}
