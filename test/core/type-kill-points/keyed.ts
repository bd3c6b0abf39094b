/** Kill points of the keyed types: LPM_TRIE, PERCPU_ARRAY, PERCPU_HASH, both LRU hashes. */
import assert from 'node:assert/strict';
import { checkPool } from '../kill-points/checks.js';
import * as core from '../support.js';
import { coreOf, newWorld, type Operation, put, read, type State, update, walk, type World } from './world.js';

const PERCPU_HASH = 5;
const PERCPU_ARRAY = 6;
const LRU_HASH = 9;
const LRU_PERCPU_HASH = 10;
const LPM_TRIE = 11;
const NO_COMMON_LRU = 2;
/** Of `testArena`. */
const CPUS = 4;

function pooled(world: World, where: string): void {
  checkPool({ ...world, others: [] }, where);
}

/** Elements of a trie are its prefixes and its forks. */
function checkTrie({ arena, map }: World, where: string): void {
  const below = (node: number): number =>
    node === 0 ? 0 : 1 + below(arena.u32[node / 4] as number) + below((arena.u32[node / 4 + 3] as number) & ~1);
  const nodes = below(arena.u32[(map + 216) / 4] as number);
  const rest = [0, 1, 2].reduce((total, what) => total + arena.core.poolCensus(map, what), 0);
  assert.equal(nodes + rest, arena.core.poolCensus(map, 3), `${where}: elements are lost`);
}

// ---- LPM_TRIE: a key is [prefix length, address with the first byte lowest] ----

type Prefix = readonly [number, number];
const byte = (first: number, second = 0): number => first | (second << 8);

/** 10.0/16 and 10.128/16 below a fork, and 192/8. */
const TRIE: readonly Prefix[] = [
  [16, byte(10, 0)],
  [16, byte(10, 128)],
  [8, byte(192)],
];

function trie(name: string, start: readonly Prefix[], run: Operation['run'], touched: Prefix): Operation {
  const keys = [...start.filter((key) => key.join() !== touched.join()), touched];
  return {
    name: `LPM trie: ${name}`,
    prepare: (arena) =>
      newWorld(arena, { type: LPM_TRIE, keySize: 8, maxEntries: 8, flags: core.NO_PREALLOC }, (map) => {
        for (const [index, key] of start.entries()) update(arena, map, key, [100 + index]);
      }),
    run,
    look(world) {
      const state: Record<string, string> = {};
      // An exact prefix is there if a walk comes by it.
      const there = new Set(walk(world, 2));
      for (const key of keys) {
        const text = key.join('/');
        state[text] = there.has(text) ? read(world.arena, world.map, key) : '-';
      }
      assert.equal(world.arena.core.elementCount(world.map), there.size);
      return state;
    },
    write: (arena, { map }) => update(arena, map, touched, [77]),
    check: checkTrie,
  };
}

const inserts = (name: string, start: readonly Prefix[], key: Prefix) =>
  trie(name, start, (arena, { map }) => void update(arena, map, key, [7]), key);
const deletes = (name: string, start: readonly Prefix[], key: Prefix) =>
  trie(name, start, (arena, { map }) => void arena.core.elementDelete(map, put(arena, 0, key)), key);

const TRIES: Operation[] = [
  inserts('first prefix (takes a chunk)', [], [8, byte(10)]),
  inserts('insert below', TRIE, [24, byte(192, 5)]),
  inserts('insert above', TRIE, [4, byte(192)]),
  inserts('insert beside (makes a fork)', TRIE, [16, byte(10, 64)]),
  inserts('insert in the place of a fork', TRIE, [8, byte(10)]),
  inserts('replace', TRIE, [16, byte(10, 128)]),
  deletes('delete a leaf below a fork', TRIE, [16, byte(10, 128)]),
  deletes('delete with two children', [...TRIE, [8, byte(10)]], [8, byte(10)]),
  deletes('delete with one child', [...TRIE, [12, byte(192)]], [8, byte(192)]),
];

// ---- per-CPU ----

const slots = (value: number): number[] => Array.from({ length: 2 * CPUS }, (_, at) => (at % 2 === 0 ? value : 0));

function perCpu(name: string, type: number, flags: number, start: readonly number[], run: Operation['run']): Operation {
  return {
    name,
    prepare: (arena) =>
      newWorld(arena, { type, maxEntries: 4, flags }, (map) => {
        for (const key of start) update(arena, map, [key], slots(100 + key));
      }),
    run,
    // A value is as many parts as there are CPUs: each is old or new.
    look(world) {
      const state: Record<string, string> = {};
      for (const key of [0, 1, 2]) {
        const words = read(world.arena, world.map, [key], 2 * CPUS).split(',');
        for (let cpu = 0; cpu < CPUS; cpu++) state[`${key} on ${cpu}`] = words[2 * cpu] ?? '-';
      }
      return state;
    },
    write: (arena, { map }) => update(arena, map, [1], slots(77)),
    ...(type === PERCPU_HASH ? { check: pooled } : {}),
  };
}

const updateAll: Operation['run'] = (arena, { map }) => void update(arena, map, [1], slots(7));
const updateOwn: Operation['run'] = (arena, { map }) =>
  void coreOf(arena).helper_2(BigInt(map), BigInt(put(arena, 0, [1])), BigInt(put(arena, 1, [7])), 0n);
const remove: Operation['run'] = (arena, { map }) => void arena.core.elementDelete(map, put(arena, 0, [1]));

const PER_CPU: Operation[] = [
  perCpu('per-CPU array: update', PERCPU_ARRAY, 0, [0, 1, 2], updateAll),
  perCpu('per-CPU array: a program’s update', PERCPU_ARRAY, 0, [0, 1, 2], updateOwn),
  ...[0, core.NO_PREALLOC].flatMap((flags) => [
    perCpu(`per-CPU hash (flags ${flags}): insert`, PERCPU_HASH, flags, [0, 2], updateAll),
    perCpu(`per-CPU hash (flags ${flags}): a program’s insert`, PERCPU_HASH, flags, [0, 2], updateOwn),
    perCpu(`per-CPU hash (flags ${flags}): update`, PERCPU_HASH, flags, [0, 1, 2], updateAll),
    perCpu(`per-CPU hash (flags ${flags}): delete`, PERCPU_HASH, flags, [0, 1, 2], remove),
  ]),
];

// ---- LRU ----

const NODES = 16;
const ENTRIES = 16;

/** Every node is in exactly one list, and lists are rings both ways. */
export function checkNodes({ arena, map }: World, where: string): void {
  const word = (at: number): number => arena.u32[at / 4] as number;
  const nodes = word(map + 216);
  const heads = nodes + ENTRIES * NODES;
  const seen = new Set<number>();
  for (let head = heads; head < heads + 3 * (1 + CPUS) * NODES; head += NODES) {
    if (word(head + 4) === 0) continue; // a set that this mode does not use
    let length = 0;
    for (let node = word(head + 4); node !== head; node = word(node + 4), length++) {
      assert.equal(word(word(node) + 4), node, `${where}: a list is torn`);
      assert.ok(!seen.has(node), `${where}: a node is in two lists`);
      seen.add(node);
    }
    assert.equal(word(head + 8), length, `${where}: a list counts wrong`);
  }
  assert.equal(seen.size, ENTRIES, `${where}: nodes are lost`);
}

function lru(name: string, type: number, flags: number, filled: number, run: Operation['run']): Operation {
  const words = type === LRU_HASH ? 2 : 2 * CPUS;
  const valueFor = (value: number): number[] => (type === LRU_HASH ? [value] : slots(value));
  return {
    name: `${type === LRU_HASH ? 'LRU hash' : 'LRU per-CPU hash'} (flags ${flags}): ${name}`,
    prepare: (arena) =>
      newWorld(arena, { type, maxEntries: ENTRIES, flags }, (map) => {
        for (let key = 0; key < filled; key++) update(arena, map, [key], valueFor(100 + key));
      }),
    run,
    look(world) {
      const state: Record<string, string> = {};
      for (let key = 0; key <= 100; key++) {
        const value = read(world.arena, world.map, [key], words).split(',');
        for (let at = 0; at < words; at += 2) state[`${key}.${at}`] = value[at] ?? '-';
      }
      assert.equal(world.arena.core.elementCount(world.map), walk(world).length);
      return state as State;
    },
    write: (arena, { map }) => update(arena, map, [1], valueFor(77)),
    check(world, where) {
      pooled(world, where);
      checkNodes(world, where);
    },
  };
}

const insert100: Operation['run'] = (arena, { map }) => void update(arena, map, [100], slots(7));
const LRUS: Operation[] = [LRU_HASH, LRU_PERCPU_HASH].flatMap((type) =>
  [0, NO_COMMON_LRU].flatMap((flags) => [
    lru('insert', type, flags, 2, insert100),
    lru('insert into a full map (evicts)', type, flags, 40, insert100),
    lru('replace', type, flags, 3, updateAll),
    lru('delete', type, flags, 3, remove),
  ]),
);

export const KEYED: readonly Operation[] = [...TRIES, ...PER_CPU, ...LRUS];
