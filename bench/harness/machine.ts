/** What the figures were taken on: without it they mean nothing. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release } from 'node:os';

export interface Machine {
  readonly cpu: string;
  /** Threads that this process may use at the same time. */
  readonly threads: number;
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  /** Whether the kernel compiles BPF to machine code; undefined where it cannot be told. */
  readonly kernelJit?: boolean;
  /** One-minute load average at the start. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const kernelJit = readJit();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    node: process.version,
    v8: process.versions.v8,
    system: `${platform()} ${release()} ${arch()}`,
    ...(kernelJit === undefined ? {} : { kernelJit }),
    load: loadavg()[0] ?? 0,
  };
}

/** Lines for people: the machine, then what may spoil the figures. */
export function machineLines(machine: Machine): string[] {
  const lines = [
    `machine: ${machine.cpu}, ${machine.threads} threads, ${machine.system}, Node ${machine.node} (V8 ${machine.v8})`,
  ];
  if (machine.load > 0.5) {
    lines.push(
      `warning: the load average is ${machine.load.toFixed(2)}: other work shares the machine, the figures will wander`,
    );
  }
  if (machine.kernelJit === false) lines.push('warning: the kernel interprets BPF here (net.core.bpf_jit_enable is 0)');
  return lines;
}

function readJit(): boolean | undefined {
  try {
    return readFileSync('/proc/sys/net/core/bpf_jit_enable', 'utf8').trim() !== '0';
  } catch {
    return undefined;
  }
}
