/** OBJ_GET_INFO_BY_FD (SPEC §1.7): `struct bpf_map_info` and `struct bpf_prog_info` as Linux 6.18 has them. */
import { readCounts } from '../../shared/execution/program-counters.js';
import { createHash } from 'node:crypto';
import { MAP_HEADER } from '../../shared/core-exports.js';
import { MapType, OBJECT_NAME_SIZE } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { BtfObject, MapObject, ProgramObject } from '../kernel/objects.js';
import type { Attributes } from './attributes.js';
import { padded } from './create/request.js';

const MAP_INFO = {
  type: 0, id: 4, keySize: 8, valueSize: 12, maxEntries: 16, flags: 20, name: 24, btfId: 64, btfKeyTypeId: 68, btfValueTypeId: 72, mapExtra: 80, hash: 88, hashSize: 96,
  /** Behind the last field; padding follows. */
  end: 100,
  size: 104,
} as const; // biome-ignore format: offsets

const PROG_INFO = {
  type: 0,
  id: 4,
  instructionBytes: 20,
  mapCount: 52,
  mapIds: 56,
  name: 64,
  runTime: 192,
  runCount: 200,
  end: 228,
  size: 232,
} as const;
const BTF_INFO = { btf: 0, size: 8, id: 12, nameLength: 24, end: 32 } as const;

const SHA256_SIZE = 32;
/** Bytes hashed at a time. */
const HASH_CHUNK = 1 << 20;

export function objectInfo(kernel: Kernel, attributes: Attributes): number {
  const fd = attributes.number('bpf_fd');
  const file = kernel.files.get(fd);
  if (file === undefined) throw new BpfError('EBADF', attributes.syscall, `bpf_fd: ${fd} is not an open descriptor`);
  switch (file.kind) {
    case 'map':
      return mapInfo(kernel, attributes, file.map);
    case 'program':
      return programInfo(kernel, attributes, file.program);
    case 'btf':
      return btfInfo(attributes, file.btf);
    default:
      throw attributes.invalid(`bpf_fd: ${fd} is neither a map nor a program nor BTF`);
  }
}

function mapInfo(kernel: Kernel, attributes: Attributes, map: MapObject): number {
  const { given, length } = readInfo(attributes, MAP_INFO);
  const info = new Uint8Array(MAP_INFO.size);
  const view = new DataView(info.buffer);
  const set = (offset: number, value: number) => view.setUint32(offset, value, true);
  set(MAP_INFO.type, map.type);
  set(MAP_INFO.id, map.id);
  set(MAP_INFO.keySize, map.keySize);
  set(MAP_INFO.valueSize, map.valueSize);
  set(MAP_INFO.maxEntries, map.maxEntries);
  set(MAP_INFO.flags, map.flags);
  writeName(info, MAP_INFO.name, map.name);
  set(MAP_INFO.btfId, map.btf?.object.id ?? 0);
  set(MAP_INFO.btfKeyTypeId, map.btf?.keyTypeId ?? 0);
  set(MAP_INFO.btfValueTypeId, map.btf?.valueTypeId ?? 0);
  view.setBigUint64(MAP_INFO.mapExtra, BigInt(map.extra), true);
  // The kernel reads these two: a buffer that was not cleared is refused.
  info.set(given.subarray(MAP_INFO.hash, MAP_INFO.end), MAP_INFO.hash);
  contentHash(kernel, attributes, map, view);
  return writeInfo(attributes, info, length);
}

function programInfo(kernel: Kernel, attributes: Attributes, program: ProgramObject): number {
  const { given, length } = readInfo(attributes, PROG_INFO);
  const info = new Uint8Array(PROG_INFO.size);
  const view = new DataView(info.buffer);
  view.setUint32(PROG_INFO.type, program.type, true);
  view.setUint32(PROG_INFO.id, program.id, true);
  view.setUint32(PROG_INFO.instructionBytes, program.insns.length, true);
  view.setUint32(PROG_INFO.mapCount, program.maps.length, true);
  writeName(info, PROG_INFO.name, program.name);
  if (program.counters) {
    const { runs, nanoseconds } = readCounts(kernel.arena.memory, program.counters);
    view.setBigUint64(PROG_INFO.runTime, nanoseconds, true);
    view.setBigUint64(PROG_INFO.runCount, runs, true);
  }
  writeMapIds(attributes, program, new DataView(given.buffer).getUint32(PROG_INFO.mapCount, true));
  info.set(given.subarray(PROG_INFO.mapIds, PROG_INFO.mapIds + 8), PROG_INFO.mapIds);
  return writeInfo(attributes, info, length);
}

/** As many ids as `nr_map_ids` asked for, into the buffer that `map_ids` points to. */
function writeMapIds(attributes: Attributes, { maps }: ProgramObject, wanted: number): void {
  const count = Math.min(wanted, maps.length);
  if (count === 0 || attributes.pointer('map_ids') === null) return;
  const bytes = attributes.buffer('map_ids', 4 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [index, map] of maps.slice(0, count).entries()) view.setUint32(4 * index, map.id, true);
}

/** The bytes as loaded go to the buffer that `btf` points to, as far as `btf_size` has room. */
function btfInfo(attributes: Attributes, btf: BtfObject): number {
  const layout = { end: BTF_INFO.end, size: BTF_INFO.end };
  const { given, length } = readInfo(attributes, layout);
  const view = new DataView(given.buffer);
  const room = view.getUint32(BTF_INFO.size, true);
  if (room > 0 && attributes.pointer('btf') !== null) {
    const bytes = btf.bytes.subarray(0, room);
    attributes.buffer('btf', bytes.length).set(bytes);
  }
  view.setUint32(BTF_INFO.size, btf.bytes.length, true);
  view.setUint32(BTF_INFO.id, btf.id, true);
  view.setUint32(BTF_INFO.nameLength, 0, true);
  return writeInfo(attributes, given, length);
}

/** The caller's buffer, zero-extended, and how many bytes of the structure go back. */
function readInfo(
  attributes: Attributes,
  layout: { end: number; size: number },
): { given: Uint8Array; length: number } {
  const announced = attributes.number('info_len');
  const bytes = announced === 0 ? new Uint8Array(0) : attributes.buffer('info', announced).subarray(0, announced);
  for (let index = layout.end; index < bytes.length; index++) {
    if (bytes[index] === 0) continue;
    throw new BpfError(
      'E2BIG',
      attributes.syscall,
      `info: byte ${index} is not zero, but the structure ends at ${layout.end}`,
    );
  }
  const length = Math.min(announced, layout.size);
  const given = new Uint8Array(layout.size);
  given.set(bytes.subarray(0, length));
  return { given, length };
}

function writeInfo(attributes: Attributes, info: Uint8Array, length: number): number {
  if (length > 0) attributes.buffer('info', length).set(info.subarray(0, length));
  attributes.write('info_len', length);
  return 0;
}

/** SHA-256 of all values of a frozen ARRAY, into the buffer that `info.hash` points to. */
function contentHash(kernel: Kernel, attributes: Attributes, map: MapObject, info: DataView): void {
  const size = info.getUint32(MAP_INFO.hashSize, true);
  const address = info.getUint32(MAP_INFO.hash, true) + info.getUint32(MAP_INFO.hash + 4, true);
  if (attributes.pointer('hash') === null && address === 0) {
    if (size !== 0) throw attributes.invalid(`info.hash_size: ${size} without a hash buffer, expected 0`);
    return;
  }
  if (map.type !== MapType.ARRAY) throw attributes.invalid('info.hash: only ARRAY maps have a content hash');
  if (size !== SHA256_SIZE) throw attributes.invalid(`info.hash_size: ${size}, expected ${SHA256_SIZE}`);
  if (!map.frozen) throw new BpfError('EPERM', attributes.syscall, 'info.hash: the map is not frozen');
  attributes.buffer('hash', SHA256_SIZE).set(hashValues(kernel, map));
}

function hashValues(kernel: Kernel, map: MapObject): Uint8Array {
  const hash = createHash('sha256');
  const start = map.address + MAP_HEADER.data;
  const end = start + map.maxEntries * padded(map.valueSize);
  // `slice` copies out of shared memory, which crypto does not take.
  for (let at = start; at < end; at += HASH_CHUNK)
    hash.update(kernel.arena.u8.slice(at, Math.min(at + HASH_CHUNK, end)));
  return hash.digest();
}

function writeName(info: Uint8Array, offset: number, name: string): void {
  info.set(new TextEncoder().encode(name).subarray(0, OBJECT_NAME_SIZE - 1), offset);
}
