import type { RuntimeEvents } from '../events.js';
import type { GracePeriods } from '../grace-periods.js';
import type { Kernel } from '../kernel.js';
import type { Program } from '../program.js';
import type { BpfAttributes } from '../syscall/attributes.js';
import type { BpfCommand } from '../syscall/syscalls.js';
import type { MapRegistry } from './registry.js';
import type { Scratch } from './scratch.js';

/** What map objects need of their runtime. */
export interface MapHost {
  readonly kernel: Kernel;
  readonly gracePeriods: GracePeriods;
  readonly scratch: Scratch;
  readonly registry: MapRegistry;
  readonly events: RuntimeEvents;
  /** bpf(2), for what is not worth a way of its own. */
  readonly syscalls: { bpf(command: BpfCommand, attributes: BpfAttributes): number };
  readonly programs: { open(fd: number): Program };
}
