/**
 * Capabilities of the caller. This library never needs them for itself; they exist so that a control plane can
 * be tested against what the kernel refuses (SPEC §1.6, with `unprivileged_bpf_disabled` set).
 */
export type CapabilitySet = 'all' | 'bpf' | 'bpf+perfmon' | 'none';
export type Capability = 'CAP_BPF' | 'CAP_PERFMON' | 'CAP_NET_ADMIN' | 'CAP_SYS_ADMIN';

const HELD: Record<CapabilitySet, readonly Capability[]> = {
  all: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'],
  'bpf+perfmon': ['CAP_BPF', 'CAP_PERFMON'],
  bpf: ['CAP_BPF'],
  none: [],
};

export function holds(set: CapabilitySet, capability: Capability): boolean {
  return HELD[set].includes(capability);
}
