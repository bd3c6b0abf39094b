/** Arenas for tests of the core: small, and with maps created by their attributes alone. */
import { readFileSync } from 'node:fs';
import { type Arena, createArena } from '#dist/shared/arena.js';

export const HASH = 1;
export const ARRAY = 2;
export const ARRAY_OF_MAPS = 12;
export const HASH_OF_MAPS = 13;
export const NO_PREALLOC = 1;
export const ZERO_SEED = 64;
export const NOEXIST = 1;
export const EXIST = 2;
export const F_LOCK = 4;

export const ENOENT = -2;
export const ESRCH = -3;
export const E2BIG = -7;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOSPC = -28;
export const ETIMEDOUT = -110;

const MEBIBYTE = 1 << 20;

export function coreModule(build = 'core'): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../../dist/shared/${build}.wasm`, import.meta.url)));
}

export interface ArenaShape {
  bytes?: number;
  slots?: number;
  cpus?: number;
  build?: string;
}

export function testArena({ bytes = 16 * MEBIBYTE, slots = 8, cpus = 4, build }: ArenaShape = {}): Arena {
  return createArena({ bytes, slots, cpus, module: coreModule(build) });
}

export interface MapShape {
  type: number;
  keySize?: number;
  valueSize?: number;
  maxEntries?: number;
  flags?: number;
  seed?: number;
  spinLock?: number;
  timer?: number;
}

let lastId = 0;

/** Address of a new map. */
export function newMap(arena: Arena, shape: MapShape): number {
  const {
    type,
    keySize = 4,
    valueSize = 8,
    maxEntries = 16,
    flags = 0,
    seed = 0x5eed,
    spinLock = -1,
    timer = -1,
  } = shape;
  const map = arena.core.mapCreate(type, keySize, valueSize, maxEntries, flags, seed, ++lastId, 0, spinLock, timer, -1);
  if (map < 0) throw new Error(`mapCreate: errno ${-map}`);
  return map;
}

/** Where a test keeps its key, its value and what comes out: in the main thread's scratch buffer. */
export function scratchOf(arena: Arena): { key: number; value: number; out: number } {
  const key = arena.core.slotScratch(arena.slot);
  return { key, value: key + 16384, out: key + 32768 };
}

/** A map with integer keys and values, as the core's calls see it. */
export class IntegerMap {
  readonly #arena: Arena;
  readonly address: number;
  readonly #view: DataView;

  constructor(arena: Arena, address: number) {
    this.#arena = arena;
    this.address = address;
    this.#view = new DataView(arena.memory.buffer);
  }

  set(key: number, value: number, flags = 0): number {
    const { key: at, value: valueAt } = this.#put(key, value);
    return this.#arena.core.elementUpdate(this.address, at, valueAt, flags);
  }

  get(key: number): number | undefined {
    const { key: at, out } = this.#put(key, 0);
    return this.#arena.core.elementLookup(this.address, at, out) === 0 ? this.#view.getUint32(out, true) : undefined;
  }

  delete(key: number): number {
    return this.#arena.core.elementDelete(this.address, this.#put(key, 0).key);
  }

  keys(): number[] {
    const { key, out } = scratchOf(this.#arena);
    const found: number[] = [];
    let at = 0;
    while (this.#arena.core.elementNextKey(this.address, at, out) === 0) {
      found.push(this.#view.getUint32(out, true));
      this.#arena.u8.copyWithin(key, out, out + 64);
      at = key;
    }
    return found;
  }

  #put(key: number, value: number): { key: number; value: number; out: number } {
    const at = scratchOf(this.#arena);
    this.#arena.u8.fill(0, at.key, at.key + 256);
    this.#view.setUint32(at.key, key, true);
    this.#arena.u8.fill(0, at.value, at.value + 256);
    this.#view.setUint32(at.value, value, true);
    return at;
  }
}
