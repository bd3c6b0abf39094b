/**
 * Fields of a map value that the kernel looks after: bpf_spin_lock, bpf_timer, bpf_wq. They are found by the name
 * of their struct and are legal once in a value, at a multiple of their alignment, at any depth of structs.
 */
import { BtfError } from '../errors.js';
import { resolvedType } from './layout.js';
import { type Btf, type BtfComposite, type BtfType, typeOf } from './types.js';

export type SpecialKind = 'spinLock' | 'timer' | 'workqueue';

interface SpecialType {
  readonly kind: SpecialKind;
  readonly size: number;
  readonly alignment: number;
}

/** Sizes are those of the uapi structs; a struct of the name that has another size is an ordinary one. */
const SPECIAL_TYPES: ReadonlyMap<string, SpecialType> = new Map([
  ['bpf_spin_lock', { kind: 'spinLock', size: 4, alignment: 4 }],
  ['bpf_timer', { kind: 'timer', size: 16, alignment: 8 }],
  ['bpf_wq', { kind: 'workqueue', size: 16, alignment: 8 }],
]);

export interface SpecialField {
  readonly kind: SpecialKind;
  /** Bytes from the start of the value. */
  readonly offset: number;
  readonly size: number;
}

/** Byte offsets in a value, -1 = none. */
export interface SpecialFields {
  readonly spinLock: number;
  readonly timer: number;
  readonly workqueue: number;
}

export const NO_SPECIAL_FIELDS: SpecialFields = { spinLock: -1, timer: -1, workqueue: -1 };

/** The special fields of a value type. Throws BtfError (E2BIG) for two of a kind. */
export function specialFields(btf: Btf, valueType: number): SpecialFields {
  const offsets = { spinLock: -1, timer: -1, workqueue: -1 };
  for (const { kind, offset } of listSpecialFields(btf, valueType)) {
    if (offsets[kind] >= 0)
      throw new BtfError('E2BIG', `type ${valueType}: two fields of kind ${kind}, expected at most one`);
    offsets[kind] = offset;
  }
  return offsets;
}

/**
 * What BTF_LOAD says of structs that have a lock as a direct member: E2BIG for a second lock, EFAULT for a lock
 * that cannot be one for its size or alignment. (Elsewhere such a member is an ordinary one.)
 */
export function checkSpecialStructs(btf: Btf): void {
  for (const [id, type] of btf.types.entries()) {
    if (type.kind !== 'struct') continue;
    if (!type.members.some((member) => isStruct(btf.types[member.type], 'bpf_spin_lock'))) continue;
    const locks = listSpecialFields(btf, id).filter((field) => field.kind === 'spinLock').length;
    if (locks > 1) throw new BtfError('E2BIG', `type ${id}: ${locks} spin locks in a struct, expected at most one`);
    if (locks === 0) throw new BtfError('EFAULT', `type ${id}: bpf_spin_lock of a wrong size or at a wrong alignment`);
  }
}

function isStruct(type: BtfType | undefined, name: string): boolean {
  return type?.kind === 'struct' && type.name === name;
}

export function hasSpecialFields(fields: SpecialFields): boolean {
  return fields.spinLock >= 0 || fields.timer >= 0 || fields.workqueue >= 0;
}

/** Every special field by ascending place of its declaration; a value is a struct (or a data section). */
export function listSpecialFields(btf: Btf, valueType: number): readonly SpecialField[] {
  const fields: SpecialField[] = [];
  const type = resolvedType(btf, valueType);
  if (type.kind === 'datasec') {
    for (const { type: variable, offset } of type.variables) {
      const declared = typeOf(btf, variable);
      if (declared.kind === 'var') collect(btf, declared.type, offset, 0, fields);
    }
  } else if (type.kind === 'struct') {
    for (const member of type.members) collectMember(btf, type, member, 0, 0, fields);
  }
  return fields;
}

/** The kernel follows structs in structs to this depth. */
const MAX_NESTING = 4;

/** Types in which none was found, and how deep was looked: a type may lie in others very many times. */
const WITHOUT = new WeakMap<BtfComposite, number>();

function mayContain(btf: Btf, type: BtfComposite, depth: number): boolean {
  const searched = WITHOUT.get(type);
  if (searched !== undefined && searched <= depth) return false;
  const found = type.members.some((member) => {
    const inner = resolvedType(btf, member.type);
    if (inner.kind !== 'struct') return false;
    return SPECIAL_TYPES.has(inner.name) || (depth + 1 < MAX_NESTING && mayContain(btf, inner, depth + 1));
  });
  if (!found) WITHOUT.set(type, depth);
  return found;
}

function collectMember(
  btf: Btf,
  parent: BtfComposite,
  member: BtfComposite['members'][number],
  base: number,
  depth: number,
  fields: SpecialField[],
): void {
  if (parent.kind === 'union' || member.bitOffset % 8 !== 0) return;
  collect(btf, member.type, base + member.bitOffset / 8, depth, fields);
}

function collect(btf: Btf, id: number, offset: number, depth: number, fields: SpecialField[]): void {
  const type = resolvedType(btf, id);
  if (type.kind !== 'struct') return;
  const special = SPECIAL_TYPES.get(type.name);
  if (special !== undefined && type.size === special.size) {
    if (offset % special.alignment === 0) fields.push({ kind: special.kind, offset, size: special.size });
    return;
  }
  if (depth >= MAX_NESTING || !mayContain(btf, type, depth)) return;
  for (const member of type.members) collectMember(btf, type, member, offset, depth + 1, fields);
}
