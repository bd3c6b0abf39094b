/** A path into a type, as an access string says it in the object's own types. */
import { type Btf, resolve, resolvedType, sizeOf, typeOf } from '../btf/index.js';
import { malformed } from '../errors.js';
import { isEnumKind, isFieldKind } from './kinds.js';

/** One step: to a member by its name, or to an element by its index. */
export interface Step {
  /** Type that the step is taken in: a struct or union, or the type of the elements. */
  readonly type: number;
  readonly index: number;
  /** Undefined for an element. */
  readonly name: string | undefined;
}

export interface AccessPath {
  /** Type that the path begins at. */
  readonly root: number;
  /** The first is an element of an imagined array of the root type. Anonymous members are no steps. */
  readonly steps: readonly Step[];
  readonly bitOffset: number;
}

/** Follow an access string from a type on. Throws ObjectError when it does not fit the type. */
export function parseAccess(btf: Btf, root: number, access: string, kind: number): AccessPath {
  const refuse = (problem: string): Error => malformed(`CO-RE relocation "${access}" of type ${root}: ${problem}`);
  const indices = access.split(':').map(Number);
  if (indices.some((index) => !Number.isSafeInteger(index) || index < 0 || index > 0xffff_ffff))
    throw refuse('not a path of numbers');
  const first = { type: root, index: indices[0]!, name: undefined };
  if (isEnumKind(kind)) {
    const type = resolvedType(btf, root);
    const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[first.index] : undefined;
    if (value === undefined || indices.length !== 1) throw refuse(`no value of a ${type.kind}`);
    return { root, steps: [{ ...first, name: value.name }], bitOffset: 0 };
  }
  if (!isFieldKind(kind)) {
    if (access !== '0') throw refuse('expected "0"');
    return { root, steps: [first], bitOffset: 0 };
  }
  const size = sizeOf(btf, root);
  if (size === undefined) throw refuse('a type without a size');
  const steps: Step[] = [first];
  let bitOffset = first.index * size * 8;
  let current = resolve(btf, root);
  for (const index of indices.slice(1)) {
    const type = typeOf(btf, current);
    if (type.kind === 'struct' || type.kind === 'union') {
      const member = type.members[index];
      if (member === undefined) throw refuse(`no member ${index} in ${type.kind} ${type.name}`);
      bitOffset += member.bitOffset;
      if (member.name !== '') steps.push({ type: current, index, name: member.name });
      current = resolve(btf, member.type);
    } else if (type.kind === 'array') {
      const element = sizeOf(btf, type.element);
      if (element === undefined) throw refuse('elements without a size');
      current = resolve(btf, type.element);
      steps.push({ type: current, index, name: undefined });
      bitOffset += index * element * 8;
    } else {
      throw refuse(`a step into a ${type.kind}`);
    }
  }
  return { root, steps, bitOffset };
}

/** The path in words, as `struct task_struct.pid`. */
export function describeAccess(btf: Btf, { root, steps }: AccessPath): string {
  const type = resolvedType(btf, root);
  const named = typeOf(btf, root).name || type.name;
  const path = steps.slice(1).map(({ name, index }) => (name === undefined ? `[${index}]` : `.${name}`));
  return `${type.kind} ${named}${path.join('')}`;
}
