/** Types as a graph: who refers to whom, and that nothing contains itself. */
import { BtfError } from '../errors.js';
import type { Btf, BtfType } from './types.js';

/** How deep types may lie in each other here; the kernel's own bound is 32, see `checkBtf()`. */
const MAX_DEPTH = 2000;

/** Ids of the types that a type names. */
function referencesOf(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'array':
      return [type.element, type.index];
    case 'struct':
    case 'union':
      return type.members.map((member) => member.type);
    case 'func_proto':
      return [type.type, ...type.parameters.map((parameter) => parameter.type)];
    case 'datasec':
      return type.variables.map((variable) => variable.type);
    case 'void':
    case 'int':
    case 'float':
    case 'enum':
    case 'enum64':
    case 'fwd':
      return [];
    default:
      return [type.type];
  }
}

/** EINVAL for a type that refers to an id that is not there, or to what no value can be of: a variable, say. */
export function checkReferences({ types }: Btf): void {
  for (const [id, type] of types.entries()) {
    for (const target of referencesOf(type)) {
      const found = types[target];
      if (found === undefined)
        throw new BtfError('EINVAL', `type ${id}: refers to type ${target}, the last one is ${types.length - 1}`);
      if (isNoType(found) && type.kind !== 'datasec' && type.kind !== 'decl_tag')
        throw new BtfError('EINVAL', `type ${id}: refers to type ${target}, which is a ${found.kind}`);
    }
  }
}

/** Records that name or tag others: only sections and tags may refer to them. */
function isNoType({ kind }: BtfType): boolean {
  return kind === 'var' || kind === 'datasec' || kind === 'decl_tag';
}

export function isModifier(type: BtfType): boolean {
  switch (type.kind) {
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'typedef':
    case 'type_tag':
      return true;
    default:
      return false;
  }
}

/**
 * EEXIST for types that contain themselves: by value (through members, elements, modifiers), or as a pointer to
 * nothing but itself. A struct with a pointer to itself is no cycle: the pointer's size is known.
 */
export function checkCycles({ types }: Btf): void {
  new CycleCheck(types, byValue).run();
  new CycleCheck(types, byPointer).run();
}

function byValue(type: BtfType): readonly number[] {
  if (type.kind === 'struct' || type.kind === 'union' || type.kind === 'array' || isModifier(type))
    return referencesOf(type);
  return [];
}

function byPointer(type: BtfType): readonly number[] {
  return type.kind === 'ptr' || isModifier(type) ? referencesOf(type) : [];
}

class CycleCheck {
  readonly #types: readonly BtfType[];
  readonly #edges: (type: BtfType) => readonly number[];
  /** By id: 0 = not seen, 1 = being followed, 2 = done. */
  readonly #state: Uint8Array;

  constructor(types: readonly BtfType[], edges: (type: BtfType) => readonly number[]) {
    this.#types = types;
    this.#edges = edges;
    this.#state = new Uint8Array(types.length);
  }

  run(): void {
    for (let id = 1; id < this.#types.length; id++) this.#visit(id, 0);
  }

  #visit(id: number, depth: number): void {
    if (this.#state[id] === 2) return;
    if (this.#state[id] === 1) throw new BtfError('EEXIST', `type ${id} contains itself`);
    if (depth > MAX_DEPTH) throw new BtfError('E2BIG', `type ${id} lies in more than ${MAX_DEPTH} others`);
    this.#state[id] = 1;
    for (const target of this.#edges(this.#types[id]!)) this.#visit(target, depth + 1);
    this.#state[id] = 2;
  }
}
