/** Random calls on one map, as both sides get them. */
import { MapType } from 'innermap';
import { keyOf, type MapConfig } from './configs.js';
import type { Random } from './random.js';
import type { Attributes, Command } from './sides.js';

/** Descriptors by which sides differ: the map, other files, inner maps or programs. */
export interface Descriptors {
  readonly map: number;
  /** An open file that is no map. */
  readonly other: number;
  /** What slots may hold: inner maps or programs; the last one does not match. */
  readonly objects: readonly number[];
}

/** Which descriptor, not which number. */
export type DescriptorName = 'map' | 'other' | 'closed';

export interface Operation {
  readonly command: Command;
  /** Attributes that are the same on both sides. Buffers are copied for each. */
  readonly inputs: Attributes;
  readonly fd: DescriptorName;
  /** Index into `objects` for each element, where values are descriptors. */
  readonly objects?: readonly number[];
  /** Buffers to be written, by name and size. */
  readonly outputs: Readonly<Record<string, number>>;
}

export interface Context {
  readonly config: MapConfig;
  readonly random: Random;
  readonly valueBytes: number;
  readonly holdsObjects: boolean;
  readonly objectCount: number;
  /** What the last batch gave as its cursor. */
  cursor: Uint8Array | null;
}

const FLAGS = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 4, 5, 8, 0x1_0000_0000, 0xffff_ffff];
const CLOSED = -1;

export function descriptor(name: DescriptorName, fds: Descriptors): number {
  return name === 'closed' ? CLOSED : fds[name];
}

/** Any call, weighted towards those that change something. */
export function randomOperation(context: Context): Operation {
  const { random } = context;
  const fd: DescriptorName = random.chance(98) ? 'map' : random.pick(['other', 'closed']);
  const kind = random.below(100);
  if (kind < 30) return context.config.keySize === 0 && random.chance(20) ? take(context, fd) : update(context, fd);
  if (kind < 55) return lookup(context, fd);
  // Queues are popped often enough to be empty now and then.
  if (kind < 68) return context.config.keySize === 0 && random.chance(60) ? take(context, fd) : remove(context, fd);
  if (kind < 78) return nextKey(context, fd);
  if (kind < 85) return take(context, fd);
  return batch(context, fd);
}

function update(context: Context, fd: DescriptorName): Operation {
  const { random, valueBytes, holdsObjects, objectCount } = context;
  const inputs: Attributes = { key: key(context), flags: random.chance(60) ? 0 : random.pick(FLAGS) };
  if (random.chance(1)) return { command: 'MAP_UPDATE_ELEM', fd, inputs: { ...inputs, value: null }, outputs: {} };
  if (holdsObjects)
    return { command: 'MAP_UPDATE_ELEM', fd, inputs, objects: [random.below(objectCount + 1)], outputs: {} };
  return { command: 'MAP_UPDATE_ELEM', fd, inputs: { ...inputs, value: value(context, valueBytes) }, outputs: {} };
}

function lookup(context: Context, fd: DescriptorName): Operation {
  const { random, config, valueBytes } = context;
  const inputs: Attributes = { key: key(context), flags: random.chance(92) ? 0 : random.pick(FLAGS) };
  if (config.type === MapType.BLOOM_FILTER) {
    return { command: 'MAP_LOOKUP_ELEM', fd, inputs: { ...inputs, value: value(context, valueBytes) }, outputs: {} };
  }
  return { command: 'MAP_LOOKUP_ELEM', fd, inputs, outputs: random.chance(99) ? { value: valueBytes } : {} };
}

function remove(context: Context, fd: DescriptorName): Operation {
  return { command: 'MAP_DELETE_ELEM', fd, inputs: { key: key(context) }, outputs: {} };
}

function nextKey(context: Context, fd: DescriptorName): Operation {
  const from = context.random.chance(10) ? null : key(context);
  return { command: 'MAP_GET_NEXT_KEY', fd, inputs: { key: from }, outputs: { next_key: context.config.keySize } };
}

function take(context: Context, fd: DescriptorName): Operation {
  const { random, valueBytes } = context;
  const inputs = { key: key(context), flags: random.chance(92) ? 0 : random.pick(FLAGS) };
  return { command: 'MAP_LOOKUP_AND_DELETE_ELEM', fd, inputs, outputs: { value: valueBytes } };
}

const BATCHES = [
  'MAP_LOOKUP_BATCH',
  'MAP_LOOKUP_BATCH',
  'MAP_UPDATE_BATCH',
  'MAP_DELETE_BATCH',
  'MAP_LOOKUP_AND_DELETE_BATCH',
] as const;
const HASHES: ReadonlySet<number> = new Set([
  MapType.HASH,
  MapType.PERCPU_HASH,
  MapType.LRU_HASH,
  MapType.LRU_PERCPU_HASH,
  MapType.HASH_OF_MAPS,
]);

function batch(context: Context, fd: DescriptorName): Operation {
  const { random } = context;
  const command = random.pick(BATCHES);
  const count = random.chance(4) ? 0 : 1 + random.below(random.chance(30) ? 40 : 6);
  const inputs: Attributes = {
    count,
    elem_flags: random.chance(93) ? 0 : random.pick(FLAGS),
    flags: random.chance(95) ? 0 : random.pick(FLAGS),
  };
  return command === 'MAP_UPDATE_BATCH' || command === 'MAP_DELETE_BATCH'
    ? writeBatch(context, fd, command, count, inputs)
    : readBatch(context, fd, command, count, inputs);
}

function readBatch(
  context: Context,
  fd: DescriptorName,
  command: Operation['command'],
  count: number,
  inputs: Attributes,
): Operation {
  const { random, config, valueBytes } = context;
  const cursorSize = HASHES.has(config.type) ? 4 : config.keySize;
  const start = random.chance(50)
    ? null
    : random.chance(80)
      ? context.cursor
      : random.bytes(cursorSize).map((byte) => byte & 7);
  const outputs: Record<string, number> = {
    keys: count * config.keySize,
    values: count * valueBytes,
    out_batch: Math.max(4, config.keySize),
  };
  const missing = random.chance(3) ? random.pick(['keys', 'values', 'out_batch']) : '';
  delete outputs[missing];
  return { command, fd, inputs: { ...inputs, in_batch: start }, outputs };
}

function writeBatch(
  context: Context,
  fd: DescriptorName,
  command: Operation['command'],
  count: number,
  inputs: Attributes,
): Operation {
  const { random, valueBytes, holdsObjects, objectCount } = context;
  const keys = random.chance(2) ? null : concat(Array.from({ length: count }, () => keyOf(context.config, random)));
  if (command === 'MAP_DELETE_BATCH') return { command, fd, inputs: { ...inputs, keys }, outputs: {} };
  if (holdsObjects) {
    const objects = Array.from({ length: count }, () => random.below(objectCount + 1));
    return { command, fd, inputs: { ...inputs, keys }, objects, outputs: {} };
  }
  const values = random.chance(2) ? null : random.bytes(count * valueBytes);
  return { command, fd, inputs: { ...inputs, keys, values }, outputs: {} };
}

function key({ config, random }: Context): Uint8Array | null {
  if (config.keySize === 0) return random.chance(97) ? null : random.bytes(4);
  return random.chance(99) ? keyOf(config, random) : null;
}

/** Values of few kinds, so that a Bloom filter is hit. */
function value({ config, random }: Context, bytes: number): Uint8Array | null {
  if (bytes === 0) return null;
  const some = random.bytes(bytes);
  return config.type === MapType.BLOOM_FILTER ? some.fill(random.below(24)) : some;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts[0]?.length ?? 0;
  const whole = new Uint8Array(size * parts.length);
  for (const [index, part] of parts.entries()) whole.set(part, index * size);
  return whole;
}
