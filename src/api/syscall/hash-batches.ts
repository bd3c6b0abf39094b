/**
 * Look-up batches of the hash family: whole buckets from a cursor on, which is a bucket number in 4 bytes
 * whatever the key size is (SPEC §5).
 */
import { Errno } from '../../shared/errno.js';
import { isOuterType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { aligned, withPayload } from '../kernel/workspace.js';
import type { Attributes } from './attributes.js';
import { clearFields } from './access.js';
import { deleteKey, idBytes } from './operations.js';

const CURSOR_SIZE = 4;
/** Payload of one call of the core at first: room for the whole batch may be much more than there are elements. */
const FIRST_CHUNK_BYTES = 65_000;

interface Progress {
  bucket: number;
  /** Elements given to the caller. */
  done: number;
}

export function hashLookupBatch(kernel: Kernel, attributes: Attributes, map: MapObject, remove: boolean): number {
  if (attributes.number('flags') !== 0) throw attributes.invalid(`flags: ${attributes.number('flags')}, expected 0`);
  const room = attributes.number('count');
  if (room === 0) return 0;
  attributes.write('count', 0);
  const progress: Progress = { bucket: startBucket(attributes), done: 0 };
  const buckets = 2 ** Math.ceil(Math.log2(map.maxEntries));
  if (progress.bucket >= buckets) {
    throw new BpfError(
      'ENOENT',
      attributes.syscall,
      `in_batch: bucket ${progress.bucket} of ${buckets}: the end was reached`,
    );
  }
  const noSpace = copyBuckets(kernel, attributes, map, { progress, room, buckets, remove });
  attributes.buffer('out_batch', CURSOR_SIZE).set(idBytes(progress.bucket));
  attributes.write('count', progress.done);
  if (noSpace && progress.done === 0) {
    throw new BpfError(
      'ENOSPC',
      attributes.syscall,
      `count: ${room}, expected room for all elements of bucket ${progress.bucket}`,
    );
  }
  if (!noSpace)
    throw new BpfError('ENOENT', attributes.syscall, `the end of the map was reached after ${progress.done} elements`);
  return 0;
}

interface Batch {
  readonly progress: Progress;
  readonly room: number;
  readonly buckets: number;
  readonly remove: boolean;
}

/** Copies until the end (false), or until a bucket does not fit (true). */
function copyBuckets(kernel: Kernel, attributes: Attributes, map: MapObject, batch: Batch): boolean {
  const { progress, room, buckets, remove } = batch;
  // What is deleted and cannot be handed over is lost, but of one bucket only: then they are taken one by one.
  const oneByOne = remove && elementsThatFit(attributes, map) < room;
  const first = oneByOne ? 1 : Math.max(1, Math.floor(FIRST_CHUNK_BYTES / (map.keySize + map.valueBytes)));
  let chunk = first;
  while (progress.bucket < buckets) {
    const left = room - progress.done;
    const size = Math.min(chunk, left);
    if (copyChunk(kernel, attributes, map, batch, size)) {
      if (oneByOne) chunk = first;
      continue;
    }
    if (size === left) return true;
    chunk = oneByOne ? chunk + 1 : chunk * 2;
  }
  return false;
}

/** Elements that the caller's buffers have room for. */
function elementsThatFit(attributes: Attributes, map: MapObject): number {
  const keys = attributes.pointer('keys')?.length ?? 0;
  const values = attributes.pointer('values')?.length ?? 0;
  return Math.min(Math.floor(keys / map.keySize), Math.floor(values / map.valueBytes));
}

/** False when the next non-empty bucket has more than `size` elements. */
function copyChunk(kernel: Kernel, attributes: Attributes, map: MapObject, batch: Batch, size: number): boolean {
  const { progress, remove } = batch;
  const { core, arena } = kernel;
  const { syscall } = attributes;
  const valuesOffset = aligned(size * map.keySize);
  let copied = 0;
  let keys = new Uint8Array(0);
  let values = new Uint8Array(0);
  withPayload(arena, syscall, valuesOffset + size * map.valueBytes, (address) => {
    const valuesAt = address + valuesOffset;
    copied = kernel.call(syscall, () => core.hashBatch(map.address, progress.bucket, size, address, valuesAt));
    progress.bucket = core.batchNext();
    if (copied <= 0) return;
    keys = arena.u8.slice(address, address + copied * map.keySize);
    values = arena.u8.slice(valuesAt, valuesAt + copied * map.valueBytes);
  });
  if (copied === -Errno.ENOSPC) return false;
  if (copied < 0) throw BpfError.of(-copied, syscall, `bucket ${progress.bucket} could not be read`);
  if (copied > 0) deliver(kernel, attributes, map, progress, { keys, values, count: copied, remove });
  return true;
}

interface Chunk {
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly count: number;
  readonly remove: boolean;
}

/** As in the kernel, elements are deleted before they are written to the caller's buffers. */
function deliver(kernel: Kernel, attributes: Attributes, map: MapObject, progress: Progress, chunk: Chunk): void {
  const { keySize, valueBytes } = map;
  const { keys, count } = chunk;
  const values = isOuterType(map.type) ? innerIds(kernel, chunk.values) : cleared(map, chunk.values);
  if (chunk.remove) {
    for (let index = 0; index < count; index++) {
      removeIfPresent(kernel, map, keys.subarray(index * keySize, (index + 1) * keySize), attributes.syscall);
    }
  }
  const end = progress.done + count;
  attributes.buffer('keys', end * keySize).set(keys, progress.done * keySize);
  attributes.buffer('values', end * valueBytes).set(values, progress.done * valueBytes);
  progress.done = end;
}

function cleared(map: MapObject, values: Uint8Array): Uint8Array {
  if (map.fields === undefined) return values;
  for (let at = 0; at < values.length; at += map.valueBytes) clearFields(map, values.subarray(at, at + map.valueBytes));
  return values;
}

function removeIfPresent(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): void {
  try {
    deleteKey(kernel, map, key, syscall);
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'ENOENT') throw error;
  }
}

/** The core's values of an outer map are arena addresses; callers see ids. */
function innerIds(kernel: Kernel, addresses: Uint8Array): Uint8Array {
  const ids = new Uint8Array(addresses.length);
  const from = new DataView(addresses.buffer, addresses.byteOffset, addresses.length);
  const to = new DataView(ids.buffer);
  for (let offset = 0; offset < addresses.length; offset += 4) {
    to.setUint32(offset, kernel.mapAt(from.getUint32(offset, true))?.id ?? 0, true);
  }
  return ids;
}

function startBucket(attributes: Attributes): number {
  if (attributes.pointer('in_batch') === null) return 0;
  const bytes = attributes.buffer('in_batch', CURSOR_SIZE);
  return new DataView(bytes.buffer, bytes.byteOffset, CURSOR_SIZE).getUint32(0, true);
}
