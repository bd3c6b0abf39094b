/** The map types that are tried: how a call is made, which calls there are, and the model. */
import type { Arena } from '#dist/shared/arena.js';
import { type MapShape, newMap } from '../core/support.js';
import { DELETE, GET, type Model, PEEK, POP, PUSH, PUSH_OVER, SET, SET_NEW, SET_OLD, TAKE } from './checker.js';
import { arrayModel, bloomModel, evictingModel, hashModel, queueModel, trieModel } from './models.js';

export interface Subject {
  readonly name: string;
  readonly shape: MapShape;
  readonly model: Model;
  readonly kinds: readonly number[];
  /** Keys 0 … keys - 1; the share `hot` of the calls, three of four if not said, is on key 0. */
  readonly keys: number;
  readonly hot?: number;
  /** The model's state after `prepare`, if it is not the empty one. */
  readonly start?: string;
  /** Calls that change the map are made by thread 0 alone. */
  readonly oneWriter?: boolean;
  prepare?(arena: Arena, map: number): void;
  call(arena: Arena, map: number, kind: number, key: number, value: number): number;
}

const ENOENT = -2;
/** Half of a value that another thread was writing. */
const TORN = -9999;
const FLAGS: Readonly<Record<number, number>> = { [SET]: 0, [SET_NEW]: 1, [SET_OLD]: 2 };

const scratch = (arena: Arena, place: number): number => arena.core.slotScratch(arena.slot) + place * 16384;

/** Both words of a value say the same, in their way. */
function putValue(arena: Arena, value: number): number {
  const at = scratch(arena, 1);
  arena.u32[at / 4] = value;
  arena.u32[at / 4 + 1] = ~value >>> 0;
  return at;
}

function valueAt(arena: Arena, at: number): number {
  const value = arena.u32[at / 4] as number;
  const check = arena.u32[at / 4 + 1] as number;
  if (value === 0 && check === 0) return 0;
  return check === ~value >>> 0 ? value : TORN;
}

type PutKey = (arena: Arena, at: number, key: number) => void;
const integer: PutKey = (arena, at, key) => {
  arena.u32[at / 4] = key;
};

function keyed(putKey: PutKey): Subject['call'] {
  return (arena, map, kind, key, value) => {
    const { core } = arena;
    const keyAt = scratch(arena, 0);
    const out = scratch(arena, 2);
    putKey(arena, keyAt, key);
    if (kind === DELETE) return core.elementDelete(map, keyAt);
    if (kind === GET || kind === TAKE) {
      const result = kind === GET ? core.elementLookup(map, keyAt, out) : core.elementTake(map, keyAt, out);
      return result === 0 ? valueAt(arena, out) : result;
    }
    return core.elementUpdate(map, keyAt, putValue(arena, value), FLAGS[kind] as number);
  };
}

const queueCall: Subject['call'] = (arena, map, kind, _, value) => {
  const { core } = arena;
  const out = scratch(arena, 2);
  if (kind === PUSH || kind === PUSH_OVER) return core.queuePush(map, putValue(arena, value), kind === PUSH ? 0 : 2);
  const result = kind === POP ? core.queuePop(map, out) : core.queuePeek(map, out);
  return result === 0 ? valueAt(arena, out) : result;
};

const bloomCall: Subject['call'] = (arena, map, kind, key) => {
  const value = scratch(arena, 1);
  arena.u32[value / 4] = key;
  arena.u32[value / 4 + 1] = 0;
  return kind === PUSH ? arena.core.bloomAdd(map, value, 0) : arena.core.bloomTest(map, value);
};

/** An inner map is a number to the model; nothing looks into it. */
const INNER = 4096;

const arrayOfMapsCall: Subject['call'] = (arena, map, kind, key, value) => {
  const at = scratch(arena, 0);
  arena.u32[at / 4] = key;
  if (kind === GET) return arena.core.outerFind(map, at) / INNER;
  arena.core.arrayOfMapsExchange(map, key, value * INNER);
  return 0;
};

const hashOfMapsCall: Subject['call'] = (arena, map, kind, key, value) => {
  const at = scratch(arena, 0);
  arena.u32[at / 4] = key;
  const { core } = arena;
  if (kind === GET) {
    core.enter();
    const found = core.outerFind(map, at);
    core.leave();
    return found === 0 ? ENOENT : found / INNER;
  }
  if (kind === DELETE) return Math.min(0, core.hashOfMapsDelete(map, at));
  return Math.min(0, core.hashOfMapsUpdate(map, at, value * INNER, FLAGS[kind] as number));
};

/** Prefix lengths of the keys, all of one address: 0 is the longest, and what look-ups ask for. */
const LENGTHS = [32, 16, 8, 24, 12];
const COVERS = LENGTHS.map((own) =>
  LENGTHS.map((length, key) => ({ length, key }))
    .filter(({ length }) => length <= own)
    .sort((a, b) => b.length - a.length)
    .map(({ key }) => key),
);

const trieCall = keyed((arena, at, key) => {
  arena.u32[at / 4] = LENGTHS[key] as number;
  arena.u32[at / 4 + 1] = 0x0403020a;
});

const WRITES = [SET, SET_NEW, SET_OLD, DELETE, TAKE];
const READS = [GET, GET, GET];
const NO_PREALLOC = 1;
const NO_COMMON_LRU = 2;

/** Keys of one bucket of a map with 16 of them and the seed of `newMap`; found with the first such map. */
const colliding: number[] = [];
const MOST_KEYS = 8;

function findColliding(arena: Arena, map: number): void {
  const at = scratch(arena, 0);
  for (let number = 0; colliding.length < MOST_KEYS; number++) {
    arena.u32[at / 4] = number;
    if (arena.core.hashBucketOf(map, at) === 0) colliding.push(number);
  }
}

const chained: Subject['call'] = (arena, map, ...call) => {
  if (colliding.length === 0) findColliding(arena, map);
  return keyed((_, at, key) => integer(arena, at, colliding[key] as number))(arena, map, ...call);
};

/** Keys 0 … keys - 1 are there, with values from 1 on. */
function filled(subject: Pick<Subject, 'keys' | 'call'>): Pick<Subject, 'prepare' | 'start'> {
  const keys = Array.from({ length: subject.keys }, (_, key) => key);
  return {
    prepare: (arena, map) => {
      for (const key of keys) subject.call(arena, map, SET, key, key + 1);
    },
    start: keys.map((key) => `${key}=${key + 1}`).join(','),
  };
}

const hash = (name: string, shape: MapShape, model: Model): Subject => ({
  name,
  shape: { maxEntries: 2, ...shape },
  model,
  kinds: [...READS, ...WRITES],
  keys: 3,
  call: keyed(integer),
});

export const SUBJECTS: readonly Subject[] = [
  { name: 'array', shape: { type: 2 }, model: arrayModel, kinds: [GET, SET], keys: 2, call: keyed(integer) },
  {
    name: 'per-CPU array, one CPU',
    shape: { type: 6 },
    model: arrayModel,
    kinds: [GET, SET],
    keys: 2,
    call: keyed(integer),
  },
  hash('hash', { type: 1 }, hashModel(2)),
  { ...hash('hash at its limit', { type: 1 }, hashModel(2)), kinds: [GET, SET, SET, DELETE], keys: 4, hot: 0.25 },
  hash('hash without preallocation', { type: 1, flags: NO_PREALLOC }, hashModel(2)),
  {
    ...hash('hash, one chain', { type: 1, maxEntries: 16 }, hashModel(16)),
    ...filled({ keys: 4, call: chained }),
    kinds: [GET, GET, GET, SET, SET, SET_OLD, DELETE],
    keys: 4,
    hot: 0.5,
    call: chained,
  },
  hash('per-CPU hash, one CPU', { type: 5 }, hashModel(2)),
  hash('LRU hash', { type: 9, maxEntries: 64 }, hashModel(64)),
  hash('LRU hash that evicts', { type: 9, maxEntries: 2 }, evictingModel),
  hash('LRU hash of the CPUs that evicts', { type: 9, maxEntries: 2, flags: NO_COMMON_LRU }, evictingModel),
  hash('LRU per-CPU hash, one CPU', { type: 10, maxEntries: 64 }, hashModel(64)),
  {
    name: 'LPM trie',
    shape: { type: 11, keySize: 8, maxEntries: LENGTHS.length, flags: NO_PREALLOC },
    model: trieModel((key) => COVERS[key] as number[], LENGTHS.length),
    ...filled({ keys: LENGTHS.length, call: trieCall }),
    kinds: [GET, GET, GET, SET, SET, SET_NEW, DELETE, DELETE],
    keys: LENGTHS.length,
    hot: 0.3,
    call: trieCall,
  },
  ...[false, true].map((isStack) => ({
    name: isStack ? 'stack' : 'queue',
    shape: { type: isStack ? 23 : 22, keySize: 0, maxEntries: 2 },
    model: queueModel(2, isStack),
    kinds: [PEEK, PEEK, POP, PUSH, PUSH, PUSH_OVER],
    keys: 1,
    call: queueCall,
  })),
  {
    name: 'Bloom filter',
    shape: { type: 30, keySize: 0, maxEntries: 8 },
    model: bloomModel,
    kinds: [PUSH, PEEK],
    keys: 4,
    call: bloomCall,
  },
  {
    name: 'array of maps',
    shape: { type: 12, valueSize: 4 },
    model: arrayModel,
    kinds: [GET, SET],
    keys: 2,
    oneWriter: true,
    call: arrayOfMapsCall,
  },
  {
    name: 'hash of maps',
    shape: { type: 13, valueSize: 4, maxEntries: 2 },
    model: hashModel(2),
    kinds: [GET, GET, SET, SET_NEW, SET_OLD, DELETE],
    keys: 3,
    oneWriter: true,
    call: hashOfMapsCall,
  },
];

export function readySubject(arena: Arena, subject: Subject): number {
  const map = newMap(arena, subject.shape);
  subject.prepare?.(arena, map);
  return map;
}

export function isRead(kind: number): boolean {
  return kind === GET || kind === PEEK;
}
