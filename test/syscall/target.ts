/** The syscall side alone: kernel and calls over an arena, without workers, programs or an event loop to wait for. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Kernel, type KernelOptions } from '#dist/api/kernel.js';
import { Syscalls } from '#dist/api/syscall.js';
import { createArena } from '#dist/shared/arena.js';

export interface SyscallTarget {
  readonly kernel: Kernel;
  readonly syscalls: Syscalls;
  readonly bpf: Syscalls['bpf'];
  readonly close: Syscalls['close'];
  readonly mmap: Syscalls['mmap'];
  readonly poll: Syscalls['poll'];
  readonly openForeign: Syscalls['openForeign'];
  /** Free what was retired and run what was put off: nothing reads here. */
  barrier(): Promise<void>;
}

const GIBIBYTE = 2 ** 30;

export function syscallTarget(options: Partial<KernelOptions> & { memory?: number } = {}): SyscallTarget {
  const { memory = 4 * GIBIBYTE, possibleCpus = 2 } = options;
  const path = fileURLToPath(import.meta.resolve('#dist/shared/core.wasm'));
  const module = new WebAssembly.Module(readFileSync(path));
  const arena = createArena({ bytes: memory, slots: 4, cpus: possibleCpus, module });
  const deferred: (() => void)[] = [];
  const kernel = new Kernel(arena, {
    possibleCpus,
    hooks: { onRetire: () => undefined, defer: (callback) => deferred.push(callback) },
    ...options,
  });
  const syscalls = new Syscalls(kernel);
  return {
    kernel,
    syscalls,
    bpf: syscalls.bpf.bind(syscalls),
    close: syscalls.close.bind(syscalls),
    mmap: syscalls.mmap.bind(syscalls),
    poll: syscalls.poll.bind(syscalls),
    openForeign: syscalls.openForeign.bind(syscalls),
    async barrier() {
      for (const callback of deferred.splice(0)) callback();
      arena.core.mapReap();
    },
  };
}
