import type { CoreExports } from '../../shared/core-exports.js';

/** Have the main thread's slot act as this CPU. 0 or -errno. */
export function mainCpu(core: CoreExports & { setCpu?(cpu: number): number }, cpu: number): number {
  return core.setCpu === undefined ? 0 : core.setCpu(cpu);
}
