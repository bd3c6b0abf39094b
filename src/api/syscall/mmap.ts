/** mmap(2) of maps (SPEC §4.10, §9.5). */
import { MAP_HEADER } from '../../shared/core-exports.js';
import { type MappingOwner, type MappingSegment, MemoryMapping } from '../../shared/mapping.js';
import { hasSpecialFields, NO_SPECIAL_FIELDS } from '../../shared/object/btf/index.js';
import { MapFlags, MapType, mapTypeName } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapFile } from '../kernel/files.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { PAGE_SIZE, ringMemory } from '../kernel/ring-memory.js';
import { isRingType } from '../kernel/types.js';
import { padded } from './create/request.js';

export interface MappingOptions {
  /** Default 'r'. */
  readonly protection?: 'r' | 'w' | 'rw';
  /** Bytes, rounded up to pages. */
  readonly length: number;
  /** Bytes, a multiple of the page size. Default 0. */
  readonly offset?: number;
  /** MAP_SHARED or MAP_PRIVATE. Default true; private mappings are EINVAL. */
  readonly shared?: boolean;
}

const SYSCALL = 'mmap';

interface Request {
  readonly length: number;
  readonly offset: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** offset → fd → length → the descriptor's access → type → shared → frozen, RDONLY_PROG → place and size. */
export function mapMemory(kernel: Kernel, fd: number, options: MappingOptions): MemoryMapping {
  const { protection = 'r', length, offset = 0, shared = true } = options;
  if (!Number.isInteger(offset) || offset < 0 || offset % PAGE_SIZE !== 0)
    throw invalid(`offset: ${offset}, expected whole pages of ${PAGE_SIZE}`);
  const file = openMap(kernel, fd);
  if (!Number.isInteger(length) || length <= 0) throw invalid(`length: ${length}, expected a positive number of bytes`);
  const writable = protection.includes('w');
  const request = { length: toPages(length), offset, readable: protection.includes('r'), writable };
  checkAccess(file, request, shared);
  checkMap(file.map, request);
  const segments = isRingType(file.map.type)
    ? ringSegments(kernel, file.map, request)
    : arraySegments(kernel, file.map, request);
  return open(kernel, file.map, request, segments);
}

function openMap(kernel: Kernel, fd: number): MapFile {
  const file = kernel.files.get(fd);
  if (file === undefined) throw new BpfError('EBADF', SYSCALL, `fd: ${fd} is not an open descriptor`);
  if (file.kind !== 'map')
    throw new BpfError('ENODEV', SYSCALL, `fd: ${fd} is a ${file.kind} file, which has no memory to map`);
  return file;
}

/** A descriptor that cannot write gives no shared mapping at all, not even one to read. */
function checkAccess({ map, readable, writable }: MapFile, request: Request, shared: boolean): void {
  if (request.writable && shared && !writable) throw denied('fd: opened RDONLY');
  if (!readable) throw denied('fd: opened WRONLY, but every mapping reads');
  if (hasSpecialFields(map.fields ?? NO_SPECIAL_FIELDS) || (map.type !== MapType.ARRAY && !isRingType(map.type))) {
    throw new BpfError(
      'ENOTSUPP',
      SYSCALL,
      `fd: ${mapTypeName(map.type)} maps, or maps with special fields, cannot be mapped`,
    );
  }
  if (!shared) throw invalid('shared: false, expected true: there are no private mappings of maps');
  if (!writable) throw invalid('fd: opened RDONLY, which gives no shared mapping');
}

function checkMap(map: MapObject, request: Request): void {
  if (!request.writable) return;
  if (map.frozen) throw new BpfError('EPERM', SYSCALL, 'protection: the map is frozen');
  if (map.flags & MapFlags.RDONLY_PROG) throw denied('protection: a map with RDONLY_PROG cannot be mapped writable');
}

/** The values one after another, each rounded up to 8 bytes; behind the last one the page has bytes of its own. */
function arraySegments(kernel: Kernel, map: MapObject, { length, offset }: Request): MappingSegment[] {
  if ((map.flags & MapFlags.MMAPABLE) === 0) throw invalid('fd: the array was created without MMAPABLE');
  const bytes = map.maxEntries * padded(map.valueSize);
  if (offset + length > toPages(bytes))
    throw invalid(`length: up to byte ${offset + length}, but the values take ${toPages(bytes)}`);
  const buffer = kernel.arena.memory.buffer as unknown as SharedArrayBuffer;
  const segments: MappingSegment[] = [];
  const values = Math.min(length, bytes - offset);
  if (values > 0)
    segments.push({ start: 0, length: values, buffer, byteOffset: map.address + MAP_HEADER.data + offset });
  if (values < length) {
    const tail = kernel.pageTail(map, toPages(bytes) - bytes);
    const from = Math.max(values, 0);
    segments.push({ start: from, length: length - from, buffer: tail, byteOffset: Math.max(0, offset - bytes) });
  }
  return segments;
}

/**
 * A page with the consumer position, one with the producer position, the data twice. Only one side may write: the
 * consumer its position (alone) in a RINGBUF, the producer all but that in a USER_RINGBUF.
 */
function ringSegments(kernel: Kernel, map: MapObject, request: Request): MappingSegment[] {
  const { offset, length, writable } = request;
  const size = map.maxEntries;
  const onlyConsumer = offset === 0 && length === PAGE_SIZE;
  const allowed = map.type === MapType.RINGBUF ? onlyConsumer : offset > 0;
  if (writable && !allowed) throw new BpfError('EPERM', SYSCALL, 'protection: this part of the ring may only be read');
  const end = 2 * PAGE_SIZE + 2 * size;
  if (offset + length > end)
    throw invalid(`length: up to byte ${offset + length}, but a ring of ${size} bytes has ${end}`);
  return ringMemory(kernel, map)
    .map((segment) => cut(segment, offset, offset + length))
    .filter((segment) => segment.length > 0);
}

function cut(segment: MappingSegment, from: number, to: number): MappingSegment {
  const begin = Math.max(from, segment.start);
  const end = Math.min(to, segment.start + segment.length);
  const skipped = begin - segment.start;
  return {
    ...segment,
    start: begin - from,
    length: end - begin,
    byteOffset: segment.byteOffset + skipped,
    ...(segment.mirror === undefined ? {} : { mirror: segment.mirror + skipped }),
  };
}

/** The mapping is an open file of its own: it keeps the map, and a writable one keeps it from being frozen. */
function open(kernel: Kernel, map: MapObject, request: Request, segments: MappingSegment[]): MemoryMapping {
  kernel.holdUser(map);
  if (request.writable) map.writableMappings++;
  const owner: MappingOwner = {
    release: () => {
      if (request.writable) map.writableMappings--;
      kernel.putUser(map);
    },
    expose: () => {
      map.exposed = true;
    },
  };
  const { length, writable } = request;
  const life = new SharedArrayBuffer(4);
  // As on every machine here, what can be written can be read.
  return new MemoryMapping({ kind: 'innermap-mapping', length, readable: true, writable, segments, life }, owner);
}

function toPages(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
}

function invalid(message: string): BpfError {
  return new BpfError('EINVAL', SYSCALL, message);
}

function denied(message: string): BpfError {
  return new BpfError('EACCES', SYSCALL, message);
}
