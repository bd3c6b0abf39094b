/** Random maps that can be created, by type. */
import { MapFlags, MapType } from 'innermap';
import type { Random } from './random.js';

export interface MapConfig {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: number;
}

const { RDONLY, WRONLY, ZERO_SEED, NO_PREALLOC, NO_COMMON_LRU } = MapFlags;
const VALUE_SIZES = [1, 3, 4, 7, 8, 13, 16, 64, 200];
const KEY_SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 24, 37];

/** Mostly both rights, sometimes one. */
function access(random: Random): number {
  return random.chance(8) ? random.pick([RDONLY, WRONLY]) : 0;
}

function arrayConfig(type: number, random: Random): MapConfig {
  const flags = access(random);
  return { type, keySize: 4, valueSize: random.pick(VALUE_SIZES), maxEntries: 1 + random.below(12), flags, extra: 0 };
}

function hashConfig(type: number, random: Random, extraFlags: number): MapConfig {
  const flags = access(random) | ZERO_SEED | (random.chance(50) ? extraFlags : 0);
  const maxEntries = random.chance(50) ? 1 + random.below(12) : 1 + random.below(150);
  return { type, keySize: random.pick(KEY_SIZES), valueSize: random.pick(VALUE_SIZES), maxEntries, flags, extra: 0 };
}

function keylessConfig(type: number, random: Random): MapConfig {
  const flags = access(random) | (type === MapType.BLOOM_FILTER ? ZERO_SEED : 0);
  const extra = type === MapType.BLOOM_FILTER ? random.below(16) : 0;
  return { type, keySize: 0, valueSize: random.pick(VALUE_SIZES), maxEntries: 1 + random.below(20), flags, extra };
}

/** Types of the test, each with what a map of it may look like. */
export const CONFIGS: Readonly<Record<string, (random: Random) => MapConfig>> = {
  ARRAY: (random) => arrayConfig(MapType.ARRAY, random),
  PERCPU_ARRAY: (random) => arrayConfig(MapType.PERCPU_ARRAY, random),
  HASH: (random) => hashConfig(MapType.HASH, random, NO_PREALLOC),
  PERCPU_HASH: (random) => hashConfig(MapType.PERCPU_HASH, random, NO_PREALLOC),
  LRU_HASH: (random) => hashConfig(MapType.LRU_HASH, random, NO_COMMON_LRU),
  LRU_PERCPU_HASH: (random) => hashConfig(MapType.LRU_PERCPU_HASH, random, NO_COMMON_LRU),
  LPM_TRIE: (random) => ({
    ...arrayConfig(MapType.LPM_TRIE, random),
    keySize: 5 + random.below(8),
    maxEntries: 1 + random.below(60),
    flags: access(random) | NO_PREALLOC,
  }),
  QUEUE: (random) => keylessConfig(MapType.QUEUE, random),
  STACK: (random) => keylessConfig(MapType.STACK, random),
  BLOOM_FILTER: (random) => keylessConfig(MapType.BLOOM_FILTER, random),
  RINGBUF: (random) => ringConfig(MapType.RINGBUF, random),
  USER_RINGBUF: (random) => ringConfig(MapType.USER_RINGBUF, random),
  PROG_ARRAY: (random) => ({ ...arrayConfig(MapType.PROG_ARRAY, random), valueSize: 4 }),
  PERF_EVENT_ARRAY: (random) => ({ ...arrayConfig(MapType.PERF_EVENT_ARRAY, random), valueSize: 4 }),
  ARRAY_OF_MAPS: (random) => ({ ...arrayConfig(MapType.ARRAY_OF_MAPS, random), valueSize: 4 }),
  HASH_OF_MAPS: (random) => ({
    ...hashConfig(MapType.HASH_OF_MAPS, random, NO_PREALLOC),
    valueSize: 4,
    maxEntries: 1 + random.below(12),
  }),
};

function ringConfig(type: number, random: Random): MapConfig {
  return { type, keySize: 0, valueSize: 0, maxEntries: random.pick([4096, 8192, 65_536]), flags: 0, extra: 0 };
}

/** Number of slots that a key-less or index key has, or of keys that are in play: about half of them are present. */
export function poolSize(config: MapConfig): number {
  return Math.max(2, Math.ceil(config.maxEntries * 1.15));
}

/** A key of the pool. */
export function keyOf(config: MapConfig, random: Random): Uint8Array {
  const number = random.below(poolSize(config));
  if (config.type === MapType.LPM_TRIE) return prefixOf(config, number, random);
  const bytes = new Uint8Array(config.keySize);
  const isIndex = config.keySize === 4;
  let rest = isIndex ? number : number * 0x9e37;
  for (let index = 0; index < bytes.length && rest > 0; index++, rest = Math.floor(rest / 256))
    bytes[index] = rest & 0xff;
  return bytes;
}

/** Few bits vary, so that prefixes contain each other; bits behind the prefix are whatever they are. */
function prefixOf({ keySize }: MapConfig, number: number, random: Random): Uint8Array {
  const bits = 8 * (keySize - 4);
  const bytes = new Uint8Array(keySize);
  const length = random.chance(3) ? bits + 1 + random.below(3) : number % (Math.min(bits, 10) + 1);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes[4] = (number * 37) & 0xc3;
  if (keySize > 5) bytes[5] = number & 0x80;
  if (random.chance(10)) bytes[keySize - 1] = random.u32() & 0xff;
  return bytes;
}
