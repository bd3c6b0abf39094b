import type { RuntimeEvents } from '../events.js';
import type { GracePeriods } from '../grace-periods.js';
import type { Kernel } from '../kernel.js';
import type { MapRegistry } from './registry.js';
import type { Scratch } from './scratch.js';

/** What map objects need of their runtime. */
export interface MapHost {
  readonly kernel: Kernel;
  readonly gracePeriods: GracePeriods;
  readonly scratch: Scratch;
  readonly registry: MapRegistry;
  readonly events: RuntimeEvents;
}
