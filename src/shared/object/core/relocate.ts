/** CO-RE: a program's accesses to types, moved to where the target has them. */
import { type Btf, type CoreRelocation, resolvedType, typeOf } from '../btf/index.js';
import { malformed, unresolved } from '../errors.js';
import type { ObjectProgramSpec } from '../spec.js';
import { type AccessPath, describeAccess, parseAccess } from './access.js';
import { CoreKind, kindName } from './kinds.js';
import { Candidates, matchAccess } from './match.js';
import { patch, poison } from './patch.js';
import { coreValue, type CoreValue } from './value.js';

/** An instruction that fails if it is reached, and what it wanted. */
export interface PoisonedInstruction {
  readonly slot: number;
  readonly reason: string;
}

export interface CoreResult {
  readonly insns: Uint8Array;
  readonly poisoned: readonly PoisonedInstruction[];
}

interface Found {
  readonly path: AccessPath | undefined;
  readonly value: CoreValue;
}

/** Relocations of programs of one object against one target. */
export class CoreRelocator {
  readonly #local: Btf;
  /** Undefined: the object's own types are the target. */
  readonly #target: Btf | undefined;
  readonly #candidates: Candidates | undefined;

  constructor(local: Btf, target: Btf | undefined) {
    this.#local = local;
    this.#target = target;
    this.#candidates = target && new Candidates(target);
  }

  /**
   * The instructions of a program with its relocations resolved. What the target does not have is answered with 0
   * where existence or size is asked for; else the instruction is poisoned: the verifier refuses it if it can be
   * reached. Throws ObjectError for types that match in several ways with different answers.
   */
  relocate(program: Pick<ObjectProgramSpec, 'name' | 'insns' | 'relocations'>): CoreResult {
    const insns = new Uint8Array(program.insns);
    const view = new DataView(insns.buffer);
    const poisoned: PoisonedInstruction[] = [];
    for (const relocation of program.relocations) {
      const slot = relocation.insn;
      if ((slot + 1) * 8 > insns.length) throw malformed(`program ${program.name}: a CO-RE relocation past its end`);
      const reason = this.#apply(relocation, view, slot);
      if (reason === undefined) continue;
      poison(view, slot);
      poisoned.push({ slot, reason });
    }
    return { insns, poisoned };
  }

  /** Patches the instruction, or gives the reason why it must not be reached. */
  #apply({ type, access, kind }: CoreRelocation, view: DataView, slot: number): string | undefined {
    if (type >= this.#local.types.length)
      throw malformed(`CO-RE relocation of type ${type}, which is not in the object's BTF`);
    const path = parseAccess(this.#local, type, access, kind);
    const what = `${kindName(kind)} of ${describeAccess(this.#local, path)}`;
    if (kind === CoreKind.TYPE_ID_LOCAL) {
      const own = { value: BigInt(type), validated: false, fieldSize: 0, resizable: 'no' as const };
      return patch(view, slot, own, own);
    }
    const local = coreValue(this.#local, path, kind);
    const { value } = this.#find(path, kind, what);
    if (value.value === undefined) return `${what}: the target BTF does not have it`;
    const problem = patch(view, slot, local, { ...value, value: value.value });
    return problem && `${what}: ${problem}`;
  }

  /** What the target has for a path of the object's own types. */
  #find(path: AccessPath, kind: number, what: string): Found {
    if (this.#target === undefined || this.#candidates === undefined)
      return { path, value: coreValue(this.#local, path, kind) };
    if (typeOf(this.#local, path.root).name === '') {
      throw unresolved(
        `CO-RE: ${what}: a ${resolvedType(this.#local, path.root).kind} without a name cannot be looked up`,
      );
    }
    const pair = { local: this.#local, target: this.#target };
    let found: Found | undefined;
    for (const candidate of this.#candidates.of(this.#local, path.root)) {
      const match = matchAccess(pair, path, candidate, kind);
      if (match === undefined) continue;
      const next = { path: match, value: coreValue(this.#target, match, kind) };
      found ??= next;
      if (next.value.value === found.value.value && match.bitOffset === found.path!.bitOffset) continue;
      throw unresolved(
        `CO-RE: ${what}: types ${found.path!.root} and ${candidate} of the target both match, with different answers`,
      );
    }
    return found ?? { path: undefined, value: coreValue(this.#target, undefined, kind) };
  }
}
