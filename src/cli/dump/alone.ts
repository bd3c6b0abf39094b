import { MapType, type ObjectSpec } from '../../index.js';

/** The same object with empty program arrays: a program of it is loaded without those that it tail-calls. */
export function withoutTailCalls(spec: ObjectSpec): ObjectSpec {
  const maps = Object.entries(spec.maps).map(([name, map]) => {
    return [name, map.type === MapType.PROG_ARRAY ? { ...map, entries: [] } : map] as const;
  });
  return { ...spec, maps: Object.fromEntries(maps) };
}
