/** Finding in the target's types what a path says of the object's own. */
import { type Btf, resolve, resolvedType, sizeOf, typeOf } from '../btf/index.js';
import { malformed } from '../errors.js';
import type { AccessPath, Step } from './access.js';
import { fieldsAreCompatible, type Pair, sameKind, typesAreCompatible, typesMatch } from './compatible.js';
import { CoreKind, essentialName, isEnumKind, isFieldKind } from './kinds.js';

/** Members looked at for one access: anonymous members may multiply each other. */
const MAX_SEARCHED = 1_000_000;

/** Types of the target by the name and kind they are candidates for. Made once, for many relocations. */
export class Candidates {
  readonly #target: Btf;
  readonly #byName = new Map<string, number[]>();

  constructor(target: Btf) {
    this.#target = target;
    for (const [id, { name }] of target.types.entries()) {
      if (name === '') continue;
      const key = essentialName(name);
      const ids = this.#byName.get(key);
      if (ids === undefined) this.#byName.set(key, [id]);
      else ids.push(id);
    }
  }

  /** By ascending id: types of the same kind with the same name, flavours aside. */
  of(local: Btf, id: number): number[] {
    const type = typeOf(local, id);
    return (this.#byName.get(essentialName(type.name)) ?? []).filter((candidate) =>
      sameKind(type, typeOf(this.#target, candidate)),
    );
  }
}

/** The path in the target, or undefined when this candidate does not have it. */
export function matchAccess(pair: Pair, local: AccessPath, candidate: number, kind: number): AccessPath | undefined {
  if (isEnumKind(kind)) return matchEnumerator(pair, local, candidate);
  if (!isFieldKind(kind)) {
    const matches =
      kind === CoreKind.TYPE_MATCHES
        ? typesMatch(pair, local.root, candidate)
        : typesAreCompatible(pair, local.root, candidate);
    return matches
      ? { root: candidate, steps: [{ type: candidate, index: 0, name: undefined }], bitOffset: 0 }
      : undefined;
  }
  return matchField(pair, local, candidate);
}

function matchEnumerator(pair: Pair, local: AccessPath, candidate: number): AccessPath | undefined {
  const type = resolvedType(pair.target, candidate);
  if (type.kind !== 'enum' && type.kind !== 'enum64') return undefined;
  const wanted = essentialName(local.steps[0]!.name!);
  const index = type.values.findIndex(({ name }) => essentialName(name) === wanted);
  if (index < 0) return undefined;
  return { root: candidate, steps: [{ type: candidate, index, name: type.values[index]!.name }], bitOffset: 0 };
}

function matchField(pair: Pair, local: AccessPath, candidate: number): AccessPath | undefined {
  const size = sizeOf(pair.target, candidate);
  if (size === undefined) return undefined;
  const walk = new TargetWalk(pair, candidate, local.steps[0]!.index, size);
  for (const step of local.steps.slice(1)) {
    if (!(step.name === undefined ? walk.element(step) : walk.member(step))) return undefined;
  }
  return { root: candidate, steps: walk.steps, bitOffset: walk.bitOffset };
}

class TargetWalk {
  readonly steps: Step[];
  bitOffset: number;
  readonly #pair: Pair;
  #current: number;
  /** The member that #current was reached by is the last of its struct: its array may go on behind its end. */
  #isLast = false;
  #searched = 0;

  constructor(pair: Pair, root: number, index: number, size: number) {
    this.#pair = pair;
    this.#current = resolve(pair.target, root);
    this.steps = [{ type: root, index, name: undefined }];
    this.bitOffset = index * size * 8;
  }

  element({ index }: Step): boolean {
    const { target } = this.#pair;
    const array = typeOf(target, this.#current);
    if (array.kind !== 'array') return false;
    const flexible = this.#isLast && array.length <= 1;
    const size = sizeOf(target, array.element);
    if (size === undefined || (index >= array.length && !flexible)) return false;
    this.#current = resolve(target, array.element);
    this.#isLast = false;
    this.steps.push({ type: this.#current, index, name: undefined });
    this.bitOffset += index * size * 8;
    return true;
  }

  member(step: Step): boolean {
    const { local } = this.#pair;
    const struct = typeOf(local, step.type);
    const wanted = struct.kind === 'struct' || struct.kind === 'union' ? struct.members[step.index] : undefined;
    return (
      wanted !== undefined && this.#search(this.#current, essentialName(step.name!), wanted.type, this.bitOffset, 0)
    );
  }

  /** Look for a member by name, also in anonymous members. */
  #search(id: number, name: string, localType: number, bitOffset: number, depth: number): boolean {
    const { target } = this.#pair;
    const struct = resolvedType(target, id);
    if ((struct.kind !== 'struct' && struct.kind !== 'union') || depth > 32) return false;
    this.#searched += struct.members.length;
    if (this.#searched > MAX_SEARCHED)
      throw malformed(`BTF: type ${id} and its anonymous members have too many members`);
    for (const [index, member] of struct.members.entries()) {
      const place = bitOffset + member.bitOffset;
      if (member.name === '') {
        if (this.#search(member.type, name, localType, place, depth + 1)) return true;
      } else if (essentialName(member.name) === name) {
        if (!fieldsAreCompatible(this.#pair, localType, member.type)) return false;
        this.steps.push({ type: resolve(target, id), index, name: member.name });
        this.#current = resolve(target, member.type);
        this.#isLast = struct.kind === 'struct' && index === struct.members.length - 1;
        this.bitOffset = place;
        return true;
      }
    }
    return false;
  }
}
