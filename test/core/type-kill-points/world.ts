/** Writing operations whose kill points are tried, for the map types beyond hashes, arrays and outer maps. */
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';

type Helper = (...args: (number | bigint)[]) => bigint;

/** What compiled programs call, and main's own calls, beyond the exports that `CoreExports` declares. */
export interface Core {
  readonly helper_2: Helper;
  readonly helper_25: Helper;
  readonly helper_131: Helper;
  readonly helper_132: Helper;
  readonly helper_133: Helper;
  readonly helper_209: Helper;
  progArraySet(map: number, index: number, program: number): number;
  progArrayGet(map: number, index: number): number;
}

/** What shows of a map: each part has to be as before or as after the operation. */
export type State = Readonly<Record<string, string>>;

export interface World {
  readonly arena: Arena;
  readonly map: number;
  /** Other maps, freed with it. */
  readonly others: readonly number[];
}

export interface Operation {
  readonly name: string;
  prepare(arena: Arena): World;
  /** The call that is stopped, made by the thread of `arena`. */
  run(arena: Arena, world: World): void;
  look(world: World): State;
  /** Another write of the same place, by any thread, after recovery: 0 when it succeeds. */
  write(arena: Arena, world: World): number;
  /** What has to hold of the structure. */
  check?(world: World, where: string): void;
}

/** Address of a payload of u32 words in this thread's scratch area; `place` 0 key, 1 value, 2 out. */
export function put(arena: Arena, place: 0 | 1 | 2, words: readonly number[]): number {
  const at = arena.core.slotScratch(arena.slot) + place * 16384;
  arena.u32.fill(0, at / 4, at / 4 + 64);
  arena.u32.set(words, at / 4);
  return at;
}

export function coreOf(arena: Arena): Core {
  return arena.core as unknown as Core;
}

export function update(arena: Arena, map: number, key: readonly number[], value: readonly number[], flags = 0): number {
  return arena.core.elementUpdate(map, put(arena, 0, key), put(arena, 1, value), flags);
}

/** The value's words, '-' when there is none. */
export function read(arena: Arena, map: number, key: readonly number[], words = 2): string {
  const out = put(arena, 2, []);
  if (arena.core.elementLookup(map, put(arena, 0, key), out) !== 0) return '-';
  return arena.u32.subarray(out / 4, out / 4 + words).join(',');
}

/** Keys in walk order, as their words. */
export function walk({ arena, map }: World, words = 1): string[] {
  const out = put(arena, 2, []);
  const found: string[] = [];
  let key = 0;
  while (arena.core.elementNextKey(map, key, out) === 0) {
    const next = [...arena.u32.subarray(out / 4, out / 4 + words)];
    found.push(next.join('/'));
    key = put(arena, 0, next);
    if (found.length > 10_000) throw new Error('a walk that does not end');
  }
  return found;
}

export function newWorld(arena: Arena, shape: core.MapShape, fill: (map: number) => void = () => {}): World {
  const map = core.newMap(arena, shape);
  fill(map);
  return { arena, map, others: [] };
}
