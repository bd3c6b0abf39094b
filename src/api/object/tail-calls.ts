/** Which programs a program of an object can come to by tail calls, as far as the object says. */
import type { ObjectMapSpec, ObjectSpec } from '../../shared/object/index.js';
import { MapType } from '../../shared/uapi.js';

/**
 * `wanted` with the programs that stand in program arrays from the start, where one of these programs uses the array.
 * Maps of `reused` names are filled already: what the object says of them does not count.
 */
export function reachedPrograms(
  { maps, programs }: ObjectSpec,
  wanted: readonly string[],
  reused: ReadonlySet<string>,
): Set<string> {
  const reached = new Set(wanted);
  // Names that are added during the walk are walked as well.
  for (const name of reached) {
    for (const { map } of programs[name]?.references ?? []) {
      for (const target of reused.has(map) ? [] : targetsOf(maps, maps[map])) {
        if (programs[target] !== undefined) reached.add(target);
      }
    }
  }
  return reached;
}

/** Names of the programs in a program array, or in those that a map of maps holds. */
function targetsOf(maps: ObjectSpec['maps'], map: ObjectMapSpec | undefined): string[] {
  if (map?.type === MapType.PROG_ARRAY) return map.entries.map(({ name }) => name);
  const isOuter = map?.type === MapType.ARRAY_OF_MAPS || map?.type === MapType.HASH_OF_MAPS;
  return isOuter ? map.entries.flatMap(({ name }) => targetsOf(maps, maps[name])) : [];
}
