/** The libc calls that the peer is made of, through koffi. */
import { createRequire } from 'node:module';

/** What of koffi is used here: the package is optional, so its types are not imported. */
interface Koffi {
  load(path: string | null): { func(prototype: string): (...args: unknown[]) => unknown };
  address(buffer: Uint8Array): bigint;
  view(pointer: unknown, length: number): ArrayBuffer;
  errno(): number;
}

export interface Libc {
  /** bpf(2): its result, or -errno. */
  bpf(command: number, attributes: Uint8Array): number;
  /** close(2): 0 or -errno. */
  close(fd: number): number;
  /** mmap(2), shared, of one page or more: the memory, or -errno. It stays mapped to the end of the process. */
  mmap(fd: number, length: number, offset: number, writable: boolean): ArrayBuffer | number;
  /** Where the bytes of a buffer lie in this process. They do not move while the buffer is referenced. */
  address(buffer: Uint8Array): bigint;
}

/** Number of bpf(2) by architecture: tables of the kernel's system calls. */
const BPF_SYSCALL: Partial<Record<NodeJS.Architecture, number>> = { x64: 321, arm64: 280, riscv64: 280 };

const READ = 1;
const WRITE = 2;
const SHARED = 1;

/** Bind libc, or say why that is not possible here. */
export function openLibc(): Libc | { unavailable: string } {
  if (process.platform !== 'linux') return { unavailable: `bpf(2) is Linux only, this is ${process.platform}` };
  const number = BPF_SYSCALL[process.arch];
  if (number === undefined) return { unavailable: `the number of bpf(2) on ${process.arch} is not known here` };
  try {
    return bind(createRequire(import.meta.url)('koffi') as Koffi, number);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { unavailable: `bpf(2) is called through koffi: npm install koffi (${reason})` };
  }
}

/**
 * syscall(2) is variadic in C. On the architectures of the table a variadic call passes integers in the same
 * registers as a fixed one, so a fixed prototype is enough.
 */
function bind(koffi: Koffi, number: number): Libc {
  // null: the symbols of the running process, whichever libc it is linked with.
  const libc = koffi.load(null);
  const syscall = libc.func('long syscall(long number, int command, void *attributes, unsigned int size)');
  const close = libc.func('int close(int fd)');
  const mmap = libc.func('void *mmap(void *at, size_t length, int protection, int flags, int fd, long offset)');
  const outcome = (result: unknown) => (Number(result) < 0 ? -koffi.errno() : Number(result));
  return {
    bpf: (command, attributes) => outcome(syscall(number, command, attributes, attributes.length)),
    close: (fd) => outcome(close(fd)),
    mmap(fd, length, offset, writable) {
      const pointer = mmap(null, length, writable ? READ | WRITE : READ, SHARED, fd, offset);
      const errno = koffi.errno();
      try {
        return koffi.view(pointer, length);
      } catch (cause) {
        if (errno > 0) return -errno;
        throw cause;
      }
    },
    address: (buffer) => koffi.address(buffer),
  };
}
