/** Whether a type of the target can stand for one of the object's own. */
import { type Btf, type BtfComposite, type BtfPrototype, type BtfType, resolvedType } from '../btf/index.js';
import { essentialName } from './kinds.js';

const MAX_DEPTH = 32;

/** Two types, each of its own BTF. */
export interface Pair {
  readonly local: Btf;
  readonly target: Btf;
}

function isEnum(type: BtfType): boolean {
  return type.kind === 'enum' || type.kind === 'enum64';
}

function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union';
}

/** Same kind; enums of any width are of one kind. */
export function sameKind(one: BtfType, other: BtfType): boolean {
  return one.kind === other.kind || (isEnum(one) && isEnum(other));
}

/** Whether a field may have changed from one type to the other: every struct is as good as another. */
export function fieldsAreCompatible(pair: Pair, localId: number, targetId: number, depth = 0): boolean {
  const local = resolvedType(pair.local, localId);
  const target = resolvedType(pair.target, targetId);
  if (isComposite(local) && isComposite(target)) return true;
  if (!sameKind(local, target) || depth > MAX_DEPTH) return false;
  switch (local.kind) {
    case 'ptr':
    case 'float':
      return true;
    case 'fwd':
    case 'enum':
    case 'enum64':
      return local.name === '' || target.name === '' || essentialName(local.name) === essentialName(target.name);
    case 'int':
      return local.bitOffset === 0 && target.kind === 'int' && target.bitOffset === 0;
    case 'array':
      return target.kind === 'array' && fieldsAreCompatible(pair, local.element, target.element, depth + 1);
    default:
      return false;
  }
}

/** For "does the type exist" and its size: the kinds agree as far as pointers, arrays and prototypes go. */
export function typesAreCompatible(pair: Pair, localId: number, targetId: number, depth = 0): boolean {
  const local = resolvedType(pair.local, localId);
  const target = resolvedType(pair.target, targetId);
  if (!sameKind(local, target) || depth > MAX_DEPTH) return false;
  switch (local.kind) {
    case 'int':
      return local.bitOffset === 0 && target.kind === 'int' && target.bitOffset === 0;
    case 'ptr':
      return target.kind === 'ptr' && typesAreCompatible(pair, local.type, target.type, depth + 1);
    case 'array':
      return target.kind === 'array' && typesAreCompatible(pair, local.element, target.element, depth + 1);
    case 'func_proto':
      return (
        target.kind === 'func_proto' &&
        prototypesAgree(local, target, (one, other) => typesAreCompatible(pair, one, other, depth + 1))
      );
    case 'void':
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'fwd':
      return true;
    default:
      return false;
  }
}

function prototypesAgree(
  local: BtfPrototype,
  target: BtfPrototype,
  agree: (one: number, other: number) => boolean,
): boolean {
  if (local.parameters.length !== target.parameters.length) return false;
  return (
    local.parameters.every(({ type }, index) => agree(type, target.parameters[index]!.type)) &&
    agree(local.type, target.type)
  );
}

/** For "does the type match": every member and enumerator of the local one is there, with a type that matches. */
export function typesMatch(pair: Pair, localId: number, targetId: number, behindPointer = false, depth = 0): boolean {
  const local = resolvedType(pair.local, localId);
  const target = resolvedType(pair.target, targetId);
  if (depth > MAX_DEPTH || !namesMatch(local, target)) return false;
  const inside = (one: number, other: number): boolean => typesMatch(pair, one, other, behindPointer, depth + 1);
  if (!sameKind(local, target)) return behindPointer && declares(local, target);
  switch (local.kind) {
    case 'void':
      return true;
    case 'fwd':
      return target.kind === 'fwd' && local.union === target.union;
    case 'enum':
    case 'enum64':
      return enumsMatch(local, target);
    case 'struct':
    case 'union':
      return (
        behindPointer || (isComposite(target) && local.members.every((member) => hasMember(member, target, inside)))
      );
    case 'int':
      return (
        target.kind === 'int' &&
        local.size === target.size &&
        (local.encoding === 'signed') === (target.encoding === 'signed')
      );
    case 'ptr':
      return target.kind === 'ptr' && typesMatch(pair, local.type, target.type, true, depth + 1);
    case 'array':
      return target.kind === 'array' && local.length === target.length && inside(local.element, target.element);
    case 'func_proto':
      return target.kind === 'func_proto' && prototypesAgree(local, target, inside);
    default:
      return false;
  }
}

function namesMatch(local: BtfType, target: BtfType): boolean {
  return essentialName(local.name) === essentialName(target.name);
}

/** Behind a pointer, a forward declaration stands for the struct or union itself, either way round. */
function declares(one: BtfType, other: BtfType): boolean {
  const [forward, whole] = one.kind === 'fwd' ? [one, other] : [other, one];
  return forward.kind === 'fwd' && whole.kind === (forward.union ? 'union' : 'struct');
}

function hasMember(
  member: BtfComposite['members'][number],
  target: BtfComposite,
  agree: (one: number, other: number) => boolean,
): boolean {
  return target.members.some(
    ({ name, type }) => essentialName(name) === essentialName(member.name) && agree(member.type, type),
  );
}

function enumsMatch(local: BtfType, target: BtfType): boolean {
  if ((local.kind !== 'enum' && local.kind !== 'enum64') || (target.kind !== 'enum' && target.kind !== 'enum64'))
    return false;
  if (local.size !== target.size) return false;
  const names = new Set(target.values.map(({ name }) => essentialName(name)));
  return local.values.every(({ name }) => names.has(essentialName(name)));
}
