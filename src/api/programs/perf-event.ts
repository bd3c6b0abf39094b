import { MapFlags, MapType } from '../../shared/uapi.js';

const HASHES: ReadonlySet<number> = new Set([MapType.HASH, MapType.PERCPU_HASH, MapType.HASH_OF_MAPS]);

interface RuleProperties {
  type: number;
  flags: number;
}

export interface RuleMap extends RuleProperties {
  id: number;
  name: string;
  template?: RuleProperties;
}

/**
 * The rule of Linux 4.12: a PERF_EVENT program runs where memory cannot be allocated, so its hash maps must be
 * preallocated, the inner maps that an outer map may hold included. Which map breaks it, in words, or null.
 */
export function perfEventViolation(maps: readonly RuleMap[]): string | null {
  for (const map of maps) {
    const label = `map ${map.name ? `"${map.name}"` : 'without a name'} (id ${map.id})`;
    if (notPreallocated(map)) {
      return `PERF_EVENT programs may use preallocated hash maps only: ${label} has BPF_F_NO_PREALLOC`;
    }
    if (map.template && notPreallocated(map.template)) {
      return `PERF_EVENT programs may use preallocated inner hash maps only: the template of ${label} has BPF_F_NO_PREALLOC`;
    }
  }
  return null;
}

function notPreallocated(properties: RuleProperties): boolean {
  return HASHES.has(properties.type) && (properties.flags & MapFlags.NO_PREALLOC) !== 0;
}
