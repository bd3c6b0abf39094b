/** Maps that are declared in `.maps`: their attributes are the members of an anonymous struct, as types. */
import { MapType, OBJECT_NAME_SIZE } from '../../uapi.js';
import {
  type Btf,
  type BtfComposite,
  type BtfForward,
  type BtfMember,
  resolvedType,
  sizeOf,
  typeOf,
} from '../btf/index.js';
import { malformed, type ObjectError, unresolved, unsupported } from '../errors.js';
import type { ObjectMapSpec } from '../spec.js';

export const MAPS_SECTION = '.maps';

/** A map, and where its declaration lies, for the relocations that name it. */
export interface DeclaredMap {
  readonly spec: ObjectMapSpec;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly size: number;
  /** Where the array of initial contents begins, in bytes from the start of the declaration; -1 = none. */
  readonly values: number;
}

/** The maps of the section (of `sectionSize` bytes), in the order of their offsets. Throws ObjectError. */
export function readBtfMaps(btf: Btf, sectionSize: number): DeclaredMap[] {
  const section = btf.types.find((type) => type.kind === 'datasec' && type.name === MAPS_SECTION);
  if (section?.kind !== 'datasec') return [];
  const maps: DeclaredMap[] = [];
  for (const { type: id, offset } of section.variables) {
    const variable = typeOf(btf, id);
    if (variable.kind !== 'var') throw malformed(`${MAPS_SECTION}: holds a ${variable.kind}, expected variables`);
    const struct = resolvedType(btf, variable.type);
    if (struct.kind !== 'struct')
      throw malformed(`map ${variable.name}: declared as a ${struct.kind}, expected a struct`);
    const { spec, values } = new MapReader(btf, variable.name, false).read(struct);
    maps.push({ spec, offset, size: struct.size, values });
  }
  maps.sort((one, other) => one.offset - other.offset);
  // The array of initial contents has no length in the type: it ends where the next map begins.
  return maps.map((map, index) => {
    const end = maps[index + 1]?.offset ?? sectionSize;
    return { ...map, size: map.values < 0 ? map.size : Math.max(map.size, end - map.offset) };
  });
}

export function kernelName(name: string): string {
  return name.slice(0, OBJECT_NAME_SIZE - 1);
}

export function isOuter(type: number): boolean {
  return type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
}

/** Attributes that are given as a number: an array of so many elements behind a pointer (`__uint`). */
const NUMBERS = {
  type: 'type',
  max_entries: 'maxEntries',
  map_flags: 'flags',
  numa_node: 'numaNode',
  key_size: 'keySize',
  value_size: 'valueSize',
} as const;

class MapReader {
  readonly #btf: Btf;
  readonly #name: string;
  readonly #isInner: boolean;
  readonly #spec: { -readonly [Key in keyof ObjectMapSpec]: ObjectMapSpec[Key] };
  #values = -1;

  constructor(btf: Btf, name: string, isInner: boolean) {
    this.#btf = btf;
    this.#name = name;
    this.#isInner = isInner;
    this.#spec = {
      name,
      kernelName: kernelName(name),
      type: 0,
      keySize: 0,
      valueSize: 0,
      maxEntries: 0,
      flags: 0,
      numaNode: 0,
      mapExtra: 0,
      pinning: 'none',
      keyType: 0,
      valueType: 0,
      entries: [],
      frozen: false,
    };
  }

  read(struct: BtfComposite): { spec: ObjectMapSpec; values: number } {
    for (const member of struct.members) this.#attribute(member);
    if (this.#spec.type === 0) throw malformed(`map ${this.#name}: no type is given`);
    return { spec: this.#spec, values: this.#values };
  }

  #attribute(member: BtfMember): void {
    switch (member.name) {
      case 'type':
      case 'max_entries':
      case 'map_flags':
      case 'numa_node':
        this.#spec[NUMBERS[member.name]] = this.#number(member);
        return;
      case 'key_size':
      case 'value_size':
        this.#size(NUMBERS[member.name], this.#number(member), member);
        return;
      case 'key':
      case 'value':
        this.#type(member);
        return;
      case 'map_extra':
        this.#spec.mapExtra = this.#number(member);
        return;
      case 'pinning':
        this.#pinning(this.#number(member));
        return;
      case 'values':
        this.#contents(member);
        return;
      default:
        throw unsupported(`map ${this.#name}: unknown attribute "${member.name}"`);
    }
  }

  /** `__uint(name, 5)` is `int (*name)[5]`; `__ulong(name, 5)` an enum with one value. */
  #number(member: BtfMember): number {
    const type = resolvedType(this.#btf, member.type);
    if (type.kind === 'ptr') {
      const array = resolvedType(this.#btf, type.type);
      if (array.kind === 'array') return array.length;
    }
    if ((type.kind === 'enum' || type.kind === 'enum64') && type.values.length === 1)
      return Number(type.values[0]!.value);
    throw malformed(`map ${this.#name}: ${member.name} is a ${type.kind}, expected a number as __uint() writes it`);
  }

  /** `__type(name, T)` is `T *name`. */
  #type(member: BtfMember): void {
    const pointer = resolvedType(this.#btf, member.type);
    const size = pointer.kind === 'ptr' ? sizeOf(this.#btf, pointer.type) : undefined;
    if (pointer.kind !== 'ptr' || size === undefined) {
      const declared = pointer.kind === 'ptr' ? resolvedType(this.#btf, pointer.type) : pointer;
      if (declared.kind === 'fwd') throw this.#onlyDeclared(member.name, declared);
      throw malformed(`map ${this.#name}: ${member.name} is no type with a size, expected one as __type() writes it`);
    }
    this.#spec[member.name === 'key' ? 'keyType' : 'valueType'] = pointer.type;
    this.#size(member.name === 'key' ? 'keySize' : 'valueSize', size, member);
  }

  /** clang leaves out of BTF what only the definition of an inner map names, behind its pointers. */
  #onlyDeclared(attribute: string, { name, union }: BtfForward): ObjectError {
    const type = `${union ? 'union' : 'struct'} ${name}`;
    return unresolved(
      `map ${this.#name}: ${attribute} is ${type}, which the BTF only declares: clang does not define there what nothing ` +
        `but an inner map's definition names; define a global variable "${type} unused_${name};", or write ` +
        `__uint(${attribute}_size, sizeof(${type})) instead of __type(${attribute}, ${type})`,
    );
  }

  #size(attribute: 'keySize' | 'valueSize', size: number, member: BtfMember): void {
    const known = this.#spec[attribute];
    if (known !== 0 && known !== size)
      throw malformed(`map ${this.#name}: ${member.name} means ${size} bytes, another attribute ${known}`);
    this.#spec[attribute] = size;
  }

  #pinning(value: number): void {
    if (value > 1) throw malformed(`map ${this.#name}: pinning ${value}, expected 0 (none) or 1 (by name)`);
    if (this.#isInner && value !== 0) throw malformed(`map ${this.#name}: an inner map cannot be pinned`);
    this.#spec.pinning = value === 1 ? 'byName' : 'none';
  }

  /** `__array(values, T)` is `T *values[]`: T is the template of an outer map, or the type of a program. */
  #contents(member: BtfMember): void {
    const where = `map ${this.#name}: values`;
    if (this.#isInner) throw malformed(`${where}: an inner map cannot have any`);
    if (this.#spec.type !== MapType.PROG_ARRAY && !isOuter(this.#spec.type)) {
      throw malformed(`${where}: only outer maps and program arrays have them, and their type comes first`);
    }
    const array = resolvedType(this.#btf, member.type);
    const pointer = array.kind === 'array' ? resolvedType(this.#btf, array.element) : array;
    if (array.kind !== 'array' || pointer.kind !== 'ptr')
      throw malformed(`${where}: a ${array.kind}, expected an array of pointers`);
    this.#values = member.bitOffset / 8;
    this.#spec.valueSize = 4;
    if (this.#spec.keySize === 0) this.#spec.keySize = 4;
    const element = resolvedType(this.#btf, pointer.type);
    if (this.#spec.type === MapType.PROG_ARRAY) {
      if (element.kind !== 'func_proto') throw malformed(`${where}: pointers to a ${element.kind}, expected functions`);
      return;
    }
    if (element.kind !== 'struct')
      throw malformed(`${where}: pointers to a ${element.kind}, expected the struct of the inner map`);
    this.#spec.inner = new MapReader(this.#btf, `${this.#name}.inner`, true).read(element).spec;
  }
}
