import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapObject } from '../kernel/objects.js';

/** A 16-byte load-immediate that names a map: the map itself, or the address of its value area. */
export interface MapReference {
  /** Instruction index of the first half. */
  readonly insn: number;
  readonly kind: 'map' | 'value';
  readonly map: MapObject;
  /** Bytes from the start of the value area; 0 for the map itself. */
  readonly offset: number;
}

const INSTRUCTION_SIZE = 8;
/** BPF_LD | BPF_IMM | BPF_DW */
const LOAD_IMMEDIATE = 0x18;
const MAX_MAPS = 64;
const SYSCALL = 'PROG_LOAD';

/** What the source register of a load-immediate says of its immediate. */
const Pseudo = {
  CONSTANT: 0,
  MAP_FD: 1,
  MAP_VALUE: 2,
  BTF_ID: 3,
  FUNCTION: 4,
  MAP_INDEX: 5,
  MAP_INDEX_VALUE: 6,
} as const;

/**
 * Find the maps that a program names by descriptor (SPEC §8.10, §8.13). Throws BpfError: EBADF for a closed
 * descriptor, EINVAL for one that is no map, E2BIG for more than 64 maps.
 */
export function mapReferences(
  bytes: Uint8Array,
  mapOfFd: (fd: number) => MapObject | 'closed' | 'other',
): MapReference[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / INSTRUCTION_SIZE;
  const references: MapReference[] = [];
  for (let insn = 0; insn + 1 < count; insn++) {
    const at = insn * INSTRUCTION_SIZE;
    if (view.getUint8(at) !== LOAD_IMMEDIATE) continue;
    const source = view.getUint8(at + 1) >>> 4;
    const fd = view.getInt32(at + 4, true);
    const offset = view.getUint32(at + INSTRUCTION_SIZE + 4, true);
    const reference = referenceOf(source, insn, offset, () => resolveFd(insn, fd, mapOfFd));
    if (reference) references.push(reference);
    insn++;
  }
  if (distinctMaps(references).length > MAX_MAPS) {
    throw new BpfError(
      'E2BIG',
      SYSCALL,
      `insns: ${distinctMaps(references).length} maps, expected at most ${MAX_MAPS}`,
    );
  }
  return references;
}

/** The maps of the references, each once, in the order of their first use. */
export function distinctMaps(references: readonly MapReference[]): MapObject[] {
  return [...new Set(references.map((reference) => reference.map))];
}

function referenceOf(source: number, insn: number, offset: number, resolve: () => MapObject): MapReference | null {
  switch (source) {
    case Pseudo.CONSTANT:
    case Pseudo.FUNCTION:
      return null;
    case Pseudo.MAP_FD:
      if (offset !== 0) {
        throw new BpfError(
          'EINVAL',
          SYSCALL,
          `instruction ${insn}: a map load has 0 in its second half, given ${offset}`,
        );
      }
      return { insn, kind: 'map', map: resolve(), offset: 0 };
    case Pseudo.MAP_VALUE:
      return valueReference(insn, resolve(), offset);
    case Pseudo.BTF_ID:
      throw new BpfError('ENOTSUPP', SYSCALL, `instruction ${insn}: kernel variables need kernel BTF`, {
        missing: 'kernel BTF',
      });
    case Pseudo.MAP_INDEX:
    case Pseudo.MAP_INDEX_VALUE:
      throw new BpfError('ENOTSUPP', SYSCALL, `instruction ${insn}: maps by index need fd_array`, {
        missing: 'fd_array',
      });
    default:
      throw new BpfError('EINVAL', SYSCALL, `instruction ${insn}: unknown load-immediate of kind ${source}`);
  }
}

function valueReference(insn: number, map: MapObject, offset: number): MapReference {
  const where = `instruction ${insn}: direct value access to map ${map.id}`;
  if (map.type !== MapType.ARRAY) {
    throw new BpfError('EINVAL', SYSCALL, `${where}: given map type ${map.type}, expected an ARRAY`);
  }
  if (map.maxEntries !== 1) {
    throw new BpfError('ENOTSUPP', SYSCALL, `${where}: given max_entries ${map.maxEntries}, expected 1`);
  }
  if (offset >= map.valueSize) {
    throw new BpfError('EINVAL', SYSCALL, `${where}: given offset ${offset}, expected less than ${map.valueSize}`);
  }
  return { insn, kind: 'value', map, offset };
}

function resolveFd(insn: number, fd: number, mapOfFd: (fd: number) => MapObject | 'closed' | 'other'): MapObject {
  const found = mapOfFd(fd);
  if (found === 'closed') throw new BpfError('EBADF', SYSCALL, `instruction ${insn}: fd ${fd} is not open`);
  if (found === 'other') throw new BpfError('EINVAL', SYSCALL, `instruction ${insn}: fd ${fd} is not a map`);
  return found;
}
