/**
 * What types refer to, by the rules of BTF_LOAD: that it is there, that nothing contains itself (EEXIST), that no
 * chain is deeper than 32 (E2BIG), and that each may stand where it is put (EINVAL).
 *
 * Types are followed in ascending order of their ids, each once. What is followed depends on where one came from:
 * behind a pointer only pointers and modifiers, inside of a struct or an array only structs, arrays and modifiers.
 * So a struct may hold a pointer to itself, while a struct in itself, or a pointer to only itself, is a cycle.
 */
import { BtfError } from '../errors.js';
import { checkMember } from './check-members.js';
import { isModifier } from './graph.js';
import { isRegularInt, resolvedType, sizeOf } from './layout.js';
import { isIdentifier } from './names.js';
import type { Btf, BtfArray, BtfComposite, BtfDataSection, BtfDeclTag, BtfPrototype, BtfType } from './types.js';

const MAX_DEPTH = 32;

type Mode = 'any' | 'pointers' | 'contents';

export class Resolver {
  readonly #btf: Btf;
  /** By id: 0 = not seen, 1 = being followed, 2 = done. */
  readonly #state: Uint8Array;
  #mode: Mode = 'any';

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#state = new Uint8Array(btf.types.length);
  }

  run(): void {
    for (const [id, type] of this.#btf.types.entries()) {
      this.#visitRoot(id);
      if (type.kind === 'func_proto') this.#checkPrototype(id, type);
    }
  }

  #visitRoot(id: number): void {
    this.#mode = 'any';
    this.#visit(id, 0);
  }

  #visit(id: number, depth: number): void {
    const type = this.#btf.types[id]!;
    if (this.#state[id] === 2 || !needsResolving(type)) return;
    if (this.#state[id] === 1) throw new BtfError('EEXIST', `type ${id} contains itself`);
    if (depth === MAX_DEPTH) throw new BtfError('E2BIG', `type ${id} lies in ${MAX_DEPTH} others`);
    this.#state[id] = 1;
    if (this.#mode === 'any') this.#mode = modeOf(type);
    this.#resolve(id, type, depth);
    this.#state[id] = 2;
  }

  /** Follow a reference, unless it leads to what needs no following from here. */
  #follow(id: number, from: number, depth: number): BtfType {
    const type = this.#btf.types[id];
    if (type === undefined) throw refuse(from, `refers to type ${id}, the last one is ${this.#btf.types.length - 1}`);
    if (!standsAlone(type) && !isSink(type, this.#mode)) this.#visit(id, depth + 1);
    return type;
  }

  #resolve(id: number, type: BtfType, depth: number): void {
    switch (type.kind) {
      case 'array':
        this.#array(id, type, depth);
        return;
      case 'struct':
      case 'union':
        this.#composite(id, type, depth);
        return;
      case 'datasec':
        this.#section(id, type, depth);
        return;
      case 'var':
        if (standsAlone(this.#follow(type.type, id, depth)) || this.#size(type.type) === undefined) {
          throw refuse(id, `variable "${type.name}" of a type without a size`);
        }
        return;
      case 'func':
        this.#function(id, type.type, type.name);
        return;
      case 'decl_tag':
        this.#tag(id, type, depth);
        return;
      default:
        this.#reference(id, type as { kind: string; type: number }, depth);
    }
  }

  /** Pointers and modifiers. */
  #reference(id: number, type: { kind: string; type: number }, depth: number): void {
    if (standsAlone(this.#follow(type.type, id, depth))) throw refuse(id, `a ${type.kind} of what only stands alone`);
    const behind = resolvedType(this.#btf, type.type);
    if (standsAlone(behind) || (type.kind === 'ptr' && behind.kind === 'func'))
      throw refuse(id, `a ${type.kind} of a ${behind.kind}`);
  }

  #array(id: number, type: BtfArray, depth: number): void {
    const index = this.#follow(type.index, id, depth);
    if (standsAlone(index) || !isRegularInt(resolvedType(this.#btf, type.index))) {
      throw refuse(id, `an array indexed by a ${index.kind}`);
    }
    const element = this.#follow(type.element, id, depth);
    const size = standsAlone(element) ? undefined : this.#size(type.element);
    if (size === undefined) throw refuse(id, `an array of a ${element.kind}`);
    const behind = resolvedType(this.#btf, type.element);
    if (behind.kind === 'int' && !isRegularInt(behind)) throw refuse(id, 'an array of an int with odd bits');
    if (size * type.length > 0xffff_ffff) throw refuse(id, `an array of ${size * type.length} bytes`);
  }

  #composite(id: number, type: BtfComposite, depth: number): void {
    for (const [index, member] of type.members.entries()) {
      const named = this.#follow(member.type, id, depth);
      if (standsAlone(named)) throw refuse(id, `member ${index} is a ${named.kind}`);
      checkMember(this.#btf, id, type, member, index);
    }
  }

  #section(id: number, type: BtfDataSection, depth: number): void {
    for (const { type: variable, size } of type.variables) {
      const declared = this.#btf.types[variable];
      if (declared?.kind !== 'var') throw refuse(id, `section "${type.name}" has a ${declared?.kind} as a variable`);
      this.#visit(variable, depth + 1);
      const needed = this.#size(declared.type);
      if (needed !== undefined && size >= needed) continue;
      throw refuse(id, `variable "${declared.name}" of ${needed ?? 'no'} bytes has ${size} in its section`);
    }
  }

  #function(id: number, prototypeId: number, name: string): void {
    const prototype = this.#btf.types[prototypeId];
    if (prototype?.kind !== 'func_proto') throw refuse(id, `function "${name}" of a ${prototype?.kind}`);
    for (const [index, parameter] of prototype.parameters.entries()) {
      const dots = parameter.type === 0 && index === prototype.parameters.length - 1;
      if (!dots && parameter.name === '') throw refuse(id, `parameter ${index} of function "${name}" has no name`);
    }
  }

  #checkPrototype(id: number, type: BtfPrototype): void {
    if (type.type !== 0 && !this.#isSized(id, type.type) && resolvedType(this.#btf, type.type).kind !== 'void') {
      throw refuse(id, 'a result without a size');
    }
    for (const [index, { name, type: parameter }] of type.parameters.entries()) {
      if (parameter === 0 && index === type.parameters.length - 1) {
        if (name !== '') throw refuse(id, `"..." with the name "${name}"`);
        return;
      }
      if (name !== '' && !isIdentifier(name)) throw refuse(id, `parameter "${name}" is no identifier`);
      if (parameter === 0 || !this.#isSized(id, parameter)) throw refuse(id, `parameter ${index} without a size`);
    }
  }

  #isSized(from: number, id: number): boolean {
    const type = this.#btf.types[id];
    if (type === undefined) throw refuse(from, `refers to type ${id}, the last one is ${this.#btf.types.length - 1}`);
    if (standsAlone(type)) return false;
    this.#visitRoot(id);
    return this.#size(id) !== undefined;
  }

  #tag(id: number, type: BtfDeclTag, depth: number): void {
    const target = this.#follow(type.type, id, depth);
    if (target.kind === 'var') this.#visit(type.type, depth + 1);
    const parts = this.#partsOf(target);
    if (parts === undefined) throw refuse(id, `a tag of a ${target.kind}`);
    if (type.component >= 0 && type.component >= parts)
      throw refuse(id, `a tag of component ${type.component} of ${parts}`);
  }

  /** How many components a tag may name; undefined for what cannot be tagged. */
  #partsOf(target: BtfType): number | undefined {
    switch (target.kind) {
      case 'struct':
      case 'union':
        return target.members.length;
      case 'func': {
        const prototype = this.#btf.types[target.type];
        return prototype?.kind === 'func_proto' ? prototype.parameters.length : undefined;
      }
      case 'var':
      case 'typedef':
        return 0;
      default:
        return undefined;
    }
  }

  #size(id: number): number | undefined {
    return sizeOf(this.#btf, id);
  }
}

function refuse(id: number, problem: string): BtfError {
  return new BtfError('EINVAL', `type ${id}: ${problem}`);
}

/** What no other type but a section (or nothing at all) may refer to. */
function standsAlone(type: BtfType): boolean {
  return type.kind === 'var' || type.kind === 'datasec' || type.kind === 'decl_tag';
}

function modeOf(type: BtfType): Mode {
  if (type.kind === 'ptr') return 'pointers';
  return type.kind === 'struct' || type.kind === 'union' || type.kind === 'array' ? 'contents' : 'any';
}

function needsResolving(type: BtfType): boolean {
  return isModifier(type) || standsAlone(type) || ['ptr', 'struct', 'union', 'array', 'func'].includes(type.kind);
}

function isSink(type: BtfType, mode: Mode): boolean {
  if (mode === 'any') return !needsResolving(type);
  if (isModifier(type)) return false;
  if (mode === 'pointers') return type.kind !== 'ptr';
  return type.kind !== 'struct' && type.kind !== 'union' && type.kind !== 'array';
}
