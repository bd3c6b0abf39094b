/**
 * The writing operations whose kill points are tried. Each has a world to start from, one call to be stopped, and the
 * two outcomes that are allowed: as if it had not happened, or as if it had.
 */
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';

export interface World {
  arena: Arena;
  /** The map that the operation changes; its key 1 is the touched one. */
  map: number;
  /** Other maps, by the operation's own numbering. */
  others: number[];
}

export interface Operation {
  name: string;
  prepare(arena: Arena): World;
  /** The call that is stopped. `arena` is that of the thread that makes it. */
  run(arena: Arena, world: World): void;
  /** What shows of the touched things: compared with before and after. */
  look(world: World): string;
  /** The map is a hash: its pool and counts are checked, and its bucket is written afterwards. */
  hash?: boolean;
  /** Only the main thread may make the call. */
  mainOnly?: boolean;
}

function keyOf(arena: Arena, number: number): number {
  const { key } = core.scratchOf(arena);
  arena.u32[key / 4] = number;
  return key;
}

export function setKey(arena: Arena, map: number, key: number, value: number, flags = 0): number {
  const at = core.scratchOf(arena).value;
  arena.u32.fill(0, at / 4, at / 4 + 64);
  arena.u32[at / 4] = value;
  return arena.core.elementUpdate(map, keyOf(arena, key), at, flags);
}

export function deleteKey(arena: Arena, map: number, key: number): number {
  return arena.core.elementDelete(map, keyOf(arena, key));
}

export function getKey(arena: Arena, map: number, key: number): number | undefined {
  const { out } = core.scratchOf(arena);
  return arena.core.elementLookup(map, keyOf(arena, key), out) === 0 ? arena.u32[out / 4] : undefined;
}

/** Address of the lock of a key's bucket. */
export function lockOf({ arena, map }: World, key: number): number {
  return arena.core.hashLockOf(map, keyOf(arena, key));
}

const CHAIN = 4;

/** Key 1 and `CHAIN - 1` other keys of its bucket, in ascending order, so that every position in a chain occurs. */
function neighbours(arena: Arena, map: number): number[] {
  const bucketOf = (key: number) => arena.core.hashBucketOf(map, keyOf(arena, key));
  const wanted = bucketOf(1);
  const found: number[] = [];
  for (let key = 0; found.length < CHAIN; key++) if (bucketOf(key) === wanted) found.push(key);
  return found;
}

/** The keys of one bucket, `touched` among them or not, are in the map: the touched one is neither first nor last. */
function hashWorld(flags: number, touched: boolean | 'empty', shape: Partial<core.MapShape> = {}) {
  return (arena: Arena): World => {
    const map = core.newMap(arena, { type: core.HASH, maxEntries: 8, flags, ...shape });
    const keys = neighbours(arena, map);
    if (touched !== 'empty') for (const key of keys) if (touched || key !== 1) setKey(arena, map, key, 100 + key);
    return { arena, map, others: keys };
  };
}

function contents({ arena, map, others }: World): string {
  const found = others.map((key) => `${key}:${getKey(arena, map, key) ?? '-'}`).join(' ');
  const walked = new core.IntegerMap(arena, map).keys().sort((a, b) => a - b);
  return `${found} | count ${arena.core.elementCount(map)}, keys ${walked.join(' ')}`;
}

/** The pool is empty but for `spare` elements, so that the next update has to reap or to take a chunk. */
function drained(world: World): World {
  const { arena, map, others } = world;
  arena.core.enter();
  const other = others.find((key) => key !== 1) as number;
  const fixed = 8 + 16;
  while (arena.core.poolCensus(map, 0) > 0 || arena.core.poolCensus(map, 3) < fixed)
    setKey(arena, map, other, 100 + other);
  arena.core.leave();
  return world;
}

function hashOperations(flags: number, name: string): Operation[] {
  const base = { look: contents, hash: true };
  return [
    {
      ...base,
      name: `${name}: insert`,
      prepare: hashWorld(flags, false),
      run: (arena, { map }) => void setKey(arena, map, 1, 7),
    },
    {
      ...base,
      name: `${name}: replace`,
      prepare: hashWorld(flags, true),
      run: (arena, { map }) => void setKey(arena, map, 1, 7),
    },
    {
      ...base,
      name: `${name}: delete`,
      prepare: hashWorld(flags, true),
      run: (arena, { map }) => void deleteKey(arena, map, 1),
    },
    {
      ...base,
      name: `${name}: look up and delete`,
      prepare: hashWorld(flags, true),
      run: (arena, { map }) => void arena.core.elementTake(map, keyOf(arena, 1), core.scratchOf(arena).out),
    },
    {
      ...base,
      name: `${name}: replace with an empty pool (reaps limbo)`,
      prepare: (arena) => drained(hashWorld(flags, true)(arena)),
      run: (arena, { map }) => void setKey(arena, map, 1, 7),
    },
  ];
}

export const HASH_OPERATIONS: Operation[] = [
  ...hashOperations(0, 'hash'),
  ...hashOperations(core.NO_PREALLOC, 'hash without preallocation'),
  {
    name: 'hash: F_LOCK update in place',
    prepare: hashWorld(0, true, { valueSize: 16, spinLock: 8 }),
    run: (arena, { map }) => void setKey(arena, map, 1, 7, core.F_LOCK),
    look: contents,
    hash: true,
  },
  {
    name: 'hash without preallocation: first insert (takes a chunk)',
    prepare: hashWorld(core.NO_PREALLOC, 'empty'),
    run: (arena, { map }) => void setKey(arena, map, 1, 7),
    look: contents,
    hash: true,
  },
  {
    name: 'hash of large elements: insert (takes a run of chunks)',
    prepare: hashWorld(core.NO_PREALLOC, 'empty', { valueSize: 70_000 }),
    run: (arena, { map }) => void setKey(arena, map, 1, 7),
    look: contents,
    hash: true,
  },
];

function outerWorld(arena: Arena, type: number): World {
  const map = core.newMap(arena, { type, valueSize: 4, maxEntries: 4 });
  const others = [0, 1, 2].map(() => core.newMap(arena, { type: core.ARRAY }));
  for (const key of [0, 1, 2]) putInner(arena, map, type, key, others[key === 1 ? 0 : 2]!);
  return { arena, map, others };
}

function putInner(arena: Arena, map: number, type: number, key: number, inner: number): void {
  if (type === core.ARRAY_OF_MAPS) arena.core.arrayOfMapsExchange(map, key, inner);
  else arena.core.hashOfMapsUpdate(map, keyOf(arena, key), inner, 0);
}

function outerContents({ arena, map, others }: World): string {
  return [0, 1, 2, 3].map((key) => others.indexOf(arena.core.outerFind(map, keyOf(arena, key)))).join(' ');
}

function outerOperations(type: number, name: string): Operation[] {
  const base = {
    prepare: (arena: Arena) => outerWorld(arena, type),
    look: outerContents,
    mainOnly: true,
    hash: type === core.HASH_OF_MAPS,
  };
  const remove = (arena: Arena, map: number) =>
    type === core.ARRAY_OF_MAPS
      ? arena.core.arrayOfMapsExchange(map, 1, 0)
      : arena.core.hashOfMapsDelete(map, keyOf(arena, 1));
  return [
    { ...base, name: `${name}: exchange`, run: (arena, { map, others }) => putInner(arena, map, type, 1, others[1]!) },
    { ...base, name: `${name}: first map`, run: (arena, { map, others }) => putInner(arena, map, type, 3, others[1]!) },
    { ...base, name: `${name}: delete`, run: (arena, { map }) => void remove(arena, map) },
  ];
}

export const OUTER_OPERATIONS: Operation[] = [
  ...outerOperations(core.ARRAY_OF_MAPS, 'array of maps'),
  ...outerOperations(core.HASH_OF_MAPS, 'hash of maps'),
];
