/**
 * BTF_LOAD. Checked, in this order: the header; record by record, the form of each, its name (identifiers of
 * Latin-1; anything that prints for sections), linkage, order and size of a section's variables; that type tags
 * come before other modifiers; then what types refer to (`resolve.ts`); last, structs that hold a spin lock.
 *
 * Not checked: graph nodes and roots, reference counts (bpf_list_head and its like), which no map here can hold.
 * Established by trying malformed blobs on a live kernel (6.18); `test/object/btf/kernel.test.ts` does so again.
 */
import { BtfError } from '../errors.js';
import { checkSpecialStructs } from './fields.js';
import { isModifier } from './graph.js';
import { isIdentifier, isSectionName } from './names.js';
import { decodeBtf } from './read.js';
import { Resolver } from './resolve.js';
import type { Btf, BtfType } from './types.js';

/** Read a blob as BTF_LOAD does. Throws BtfError, whose `errno` is that of the call. */
export function checkBtf(bytes: Uint8Array): Btf {
  if (bytes.length >= 2 && bytes[0] === 0xeb && bytes[1] === 0x9f)
    throw new BtfError('EINVAL', 'big-endian', { offset: 0 });
  const btf = decodeBtf(bytes, checkAlone);
  for (const [id, type] of btf.types.entries()) checkTags(btf, id, type);
  new Resolver(btf).run();
  checkSpecialStructs(btf);
  return btf;
}

function refuse(id: number, problem: string): BtfError {
  return new BtfError('EINVAL', `type ${id}: ${problem}`);
}

function identifier(id: number, name: string, what: string): void {
  if (!isIdentifier(name)) throw refuse(id, `${what} "${name.slice(0, 64)}" is no identifier`);
}

/** Rules that concern one record. */
function checkAlone(id: number, type: BtfType): void {
  switch (type.kind) {
    case 'struct':
    case 'union':
      if (type.name !== '') identifier(id, type.name, type.kind);
      for (const { name } of type.members.filter(named)) identifier(id, name, 'member');
      return;
    case 'enum':
    case 'enum64':
      if (type.name !== '') identifier(id, type.name, type.kind);
      for (const { name } of type.values) identifier(id, name, 'enumerator');
      return;
    case 'fwd':
    case 'typedef':
      identifier(id, type.name, type.kind);
      return;
    case 'func':
      if (type.linkage > 1) throw refuse(id, `function "${type.name}" is extern`);
      identifier(id, type.name, 'function');
      return;
    case 'var':
      if (type.linkage > 1) throw refuse(id, `variable "${type.name}" is extern`);
      identifier(id, type.name, 'variable');
      return;
    case 'datasec':
      checkSection(id, type);
      return;
    default:
      return;
  }
}

function named({ name }: { readonly name: string }): boolean {
  return name !== '';
}

function checkSection(id: number, type: Extract<BtfType, { kind: 'datasec' }>): void {
  if (type.size === 0) throw refuse(id, `section "${type.name}" of size 0`);
  if (!isSectionName(type.name)) throw refuse(id, 'a section name with characters that do not print');
  let end = 0;
  for (const { offset, size } of type.variables) {
    if (offset < end || offset >= type.size) throw refuse(id, `a variable at byte ${offset} of "${type.name}"`);
    end = offset + size;
    if (size === 0 || end > type.size) throw refuse(id, `a variable of ${size} bytes at ${offset} of "${type.name}"`);
  }
}

/** In a chain of modifiers, tags stand before everything else. */
function checkTags(btf: Btf, id: number, first: BtfType): void {
  let left = btf.types.length;
  let tagsOnly = first.kind === 'type_tag';
  for (
    let type: BtfType | undefined = first;
    type !== undefined && isModifier(type);
    type = btf.types[targetOf(type)]
  ) {
    if (type.kind !== 'type_tag') tagsOnly = false;
    else if (!tagsOnly) throw refuse(id, 'a type tag behind another modifier');
    if (left-- === 0) throw new BtfError('EEXIST', `type ${id} contains itself`);
  }
}

function targetOf(type: BtfType): number {
  return (type as { readonly type: number }).type;
}
