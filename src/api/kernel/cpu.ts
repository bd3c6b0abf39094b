import type { CoreExports } from '../../shared/core-exports.js';
import { BpfError } from '../errors.js';

/**
 * Have the main thread's slot act as this CPU, so that what is called and run next happens there. Throws BpfError:
 * EINVAL for a CPU that there is not, or whatever the core refuses (a worker may hold it).
 */
export function moveTo(
  core: CoreExports & { setCpu?(cpu: number): number },
  slot: number,
  cpu: number,
  possibleCpus: number,
): void {
  if (!Number.isInteger(cpu) || cpu < 0 || cpu >= possibleCpus) {
    throw new BpfError('EINVAL', 'bpf', `cpu: ${cpu}, expected 0 to ${possibleCpus - 1}`);
  }
  const held = core.slotCpu(slot);
  if (held === cpu) return;
  if (core.setCpu !== undefined) {
    const result = core.setCpu(cpu);
    if (result < 0) throw BpfError.of(-result, 'bpf', `cpu: ${cpu} is held by a worker`);
  } else if (held < 0 && core.leaseCpu() === cpu) return;
  else
    throw new BpfError('ENOTSUPP', 'bpf', 'cpu: the main thread cannot change its CPU', {
      missing: 'another CPU for the main thread',
    });
}
