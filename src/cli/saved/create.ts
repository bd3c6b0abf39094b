/** Options of `map create`, and what a type cannot do without. */
import { MapType } from '../../index.js';
import { wholeNumber } from '../command.js';
import { UsageError } from '../output/errors.js';

const { QUEUE, STACK, BLOOM_FILTER, RINGBUF, USER_RINGBUF, ARENA, ARRAY_OF_MAPS, HASH_OF_MAPS } = MapType;
const KEYLESS: ReadonlySet<number> = new Set([QUEUE, STACK, BLOOM_FILTER, RINGBUF, USER_RINGBUF, ARENA]);
const VALUELESS: ReadonlySet<number> = new Set([RINGBUF, USER_RINGBUF, ARENA]);
const OUTER: ReadonlySet<number> = new Set([ARRAY_OF_MAPS, HASH_OF_MAPS]);
/** Elements are counted by what they belong to. */
const UNLIMITED: ReadonlySet<number> = new Set([
  MapType.CGROUP_STORAGE,
  MapType.PERCPU_CGROUP_STORAGE,
  MapType.SK_STORAGE,
  MapType.INODE_STORAGE,
  MapType.TASK_STORAGE,
  MapType.CGRP_STORAGE,
]);

const U32 = 0xffff_ffff;
const ID_BYTES = 4;

type SizeOption = 'key-size' | 'value-size' | 'max-entries' | 'flags';

/** What MAP_CREATE is told of the sizes. Throws UsageError when an option that the type needs is not given. */
export function sizesOf(
  type: number,
  typeName: string,
  values: Readonly<Partial<Record<SizeOption | 'inner', string>>>,
): Record<'key_size' | 'value_size' | 'max_entries' | 'map_flags', number> {
  const number = (option: SizeOption, fallback: number | undefined): number => {
    const value = wholeNumber(option, values[option], 0, U32) ?? fallback;
    if (value !== undefined) return value;
    throw new UsageError(`--${option}: given nothing, expected a whole number: a map of type ${typeName} needs it`);
  };
  const optional = (types: ReadonlySet<number>) => (types.has(type) ? 0 : undefined);
  const sizes = {
    key_size: number('key-size', optional(KEYLESS)),
    value_size: number('value-size', OUTER.has(type) ? ID_BYTES : optional(VALUELESS)),
    max_entries: number('max-entries', optional(UNLIMITED)),
    map_flags: number('flags', 0),
  };
  if (OUTER.has(type) && values.inner === undefined) {
    throw new UsageError(
      `--inner: given nothing, expected a map of the file: the template of what a map of type ${typeName} holds`,
    );
  }
  return sizes;
}
