import type { Instruction } from '../insn/instruction.js';
import { Opcode, Pseudo } from '../insn/opcodes.js';
import { ProgramError } from '../insn/problem.js';
import type { MapReference, ProgramMap } from '../types.js';

const ARRAY = 2;

/** What a descriptor in an instruction is: a map, something else, or (absent) closed. */
export type MapsByFd = ReadonlyMap<number, ProgramMap | 'other'>;

/**
 * The maps that load-immediates name, by descriptor or by index into `fdArray`. Throws ProgramError: EBADF for a closed
 * descriptor, EINVAL for one that is no map and for an offset outside the value, ENOTSUPP for the value address of an
 * ARRAY of more than one element (SPEC 8.10, 8.13).
 */
export function mapReferences(
  insns: readonly Instruction[],
  mapsByFd: MapsByFd,
  fdArray: ArrayLike<number> = [],
): MapReference[] {
  const references: MapReference[] = [];
  let slot = 0;
  for (const insn of insns) {
    if (insn.opcode !== Opcode.LOAD_IMMEDIATE) {
      slot++;
      continue;
    }
    const reference = referenceOf(insn, slot, mapsByFd, fdArray);
    if (reference !== null) references.push(reference);
    slot += 2;
  }
  return references;
}

function referenceOf(
  insn: Instruction,
  slot: number,
  mapsByFd: MapsByFd,
  fdArray: ArrayLike<number>,
): MapReference | null {
  const { src, imm, immHigh } = insn;
  const indexed = src === Pseudo.MAP_INDEX || src === Pseudo.MAP_INDEX_VALUE;
  const value = src === Pseudo.MAP_VALUE || src === Pseudo.MAP_INDEX_VALUE;
  if (!indexed && !value && src !== Pseudo.MAP_FD) return null;
  const fd = indexed ? fdArray[imm] : imm;
  const map = fd === undefined ? undefined : mapsByFd.get(fd);
  if (map === undefined)
    throw new ProgramError({
      insn: slot,
      code: 'EBADF',
      message: `fd ${fd ?? `#${imm}`} is not pointing to valid bpf_map`,
    });
  if (map === 'other')
    throw new ProgramError({ insn: slot, code: 'EINVAL', message: `fd ${fd} is not pointing to valid bpf_map` });
  if (value) checkValueAddress(slot, map, immHigh >>> 0);
  return { slot, kind: value ? 'value' : 'map', map, offset: value ? immHigh >>> 0 : 0 };
}

function checkValueAddress(slot: number, map: ProgramMap, offset: number): void {
  if (map.type !== ARRAY) {
    throw new ProgramError({ insn: slot, code: 'EINVAL', message: 'no direct value access support for this map type' });
  }
  const message = `invalid access to map value pointer, value_size=${map.valueSize} off=${offset}`;
  if (map.maxEntries !== 1) throw new ProgramError({ insn: slot, code: 'ENOTSUPP', message });
  if (offset >= map.valueSize) throw new ProgramError({ insn: slot, code: 'EINVAL', message });
}
