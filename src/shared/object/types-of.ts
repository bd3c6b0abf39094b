/** TypeScript declarations of what an object's maps and variables hold, as its codecs read and write them. */
import { mapTypeName } from '../uapi.js';
import { type Btf, type BtfComposite, type BtfType, resolvedType } from './btf/index.js';
import { flatMembers, isChar } from './codecs/index.js';
import type { ObjectMapSpec, ObjectSpec } from './spec.js';

/**
 * The text of a module: an interface for each struct, `Maps` with the key and value of each map, `Variables`, and
 * the names of the programs.
 */
export function typesOf(spec: ObjectSpec): string {
  const writer = new TypeWriter(spec.btf);
  const maps = Object.values(spec.maps).map((map) => mapLines(writer, map));
  const variables = Object.entries(spec.variables).map(([key, { type, size, constant }]) => {
    const shown = type === 0 ? `Uint8Array /* ${size} bytes */` : writer.type(type);
    return `  ${constant ? 'readonly ' : ''}${propertyName(key)}: ${shown};`;
  });
  const programs = Object.keys(spec.programs).map((name) => `'${name}'`);
  return [
    ...writer.declarations(),
    block('Maps', maps),
    block('Variables', variables),
    `export type ProgramName = ${programs.join(' | ') || 'never'};\n`,
  ].join('\n');
}

function mapLines(writer: TypeWriter, map: ObjectMapSpec): string {
  const comment = `  /** ${mapTypeName(map.type) ?? `type ${map.type}`}, ${map.maxEntries} entries */`;
  return `${comment}\n  ${propertyName(map.name)}: ${entryType(writer, map)};`;
}

function entryType(writer: TypeWriter, map: ObjectMapSpec): string {
  const key = map.keyType === 0 ? sized(map.keySize) : writer.type(map.keyType);
  if (map.inner !== undefined) return `{ key: ${key}; inner: ${entryType(writer, map.inner)} }`;
  const value = map.valueType === 0 ? sized(map.valueSize) : writer.type(map.valueType);
  if (map.keySize === 0 && map.valueSize === 0) return 'object';
  return map.keySize === 0 ? `{ value: ${value} }` : `{ key: ${key}; value: ${value} }`;
}

function sized(size: number): string {
  return size === 4 ? 'number' : size === 8 ? 'bigint' : `Uint8Array /* ${size} bytes */`;
}

function block(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? `export interface ${name} {}\n` : `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

const MAX_NESTING = 8;
/** Characters of a struct without a name. */
const MAX_TEXT = 20_000;

class TypeWriter {
  readonly #btf: Btf | undefined;
  readonly #names = new Map<BtfType, string>();
  readonly #declarations: string[] = [];
  #depth = 0;

  constructor(btf: Btf | undefined) {
    this.#btf = btf;
  }

  declarations(): readonly string[] {
    return this.#declarations;
  }

  /** How a value of the type is written; structs with names are declared on the way. */
  type(id: number): string {
    const btf = this.#btf;
    if (btf === undefined) return 'Uint8Array';
    const type = resolvedType(btf, id);
    switch (type.kind) {
      case 'int':
        if (type.encoding === 'bool') return 'boolean';
        return type.size <= 4 ? 'number' : type.size === 8 ? 'bigint' : 'Uint8Array';
      case 'float':
        return type.size <= 8 ? 'number' : 'Uint8Array';
      case 'enum':
      case 'enum64':
        return this.#enum(type.size, type.values);
      case 'ptr':
        return 'bigint';
      case 'array':
        return this.#array(btf, type.element);
      case 'struct':
      case 'union':
        return type.name === '' ? this.#anonymous(btf, type) : this.#named(btf, type);
      case 'datasec':
        return 'object';
      default:
        return 'Uint8Array';
    }
  }

  #enum(size: number, values: readonly { name: string }[]): string {
    const names = values.slice(0, 8).map(({ name }) => name);
    return `${size === 8 ? 'bigint' : 'number'} /* ${names.join(', ')}${values.length > 8 ? ', …' : ''} */`;
  }

  #array(btf: Btf, element: number): string {
    if (isChar(btf, element)) return 'string';
    const type = resolvedType(btf, element);
    if (type.kind === 'int' && type.size === 1 && type.encoding !== 'bool') return 'Uint8Array';
    const inner = this.type(element);
    return /^[\w.]+$/.test(inner) ? `${inner}[]` : `(${inner})[]`;
  }

  /** Written out where it stands; a type may lie in others very many times, so not without end. */
  #anonymous(btf: Btf, type: BtfComposite): string {
    if (this.#depth >= MAX_NESTING) return 'object';
    this.#depth++;
    const members = this.#members(btf, type, '');
    this.#depth--;
    return members.length > MAX_TEXT ? 'object' : members;
  }

  #named(btf: Btf, type: BtfComposite): string {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    let name = type.name.replace(/[^\w$]/g, '_');
    while ([...this.#names.values()].includes(name) || name === 'Maps' || name === 'Variables') name += '_';
    this.#names.set(type, name);
    const members = this.#members(btf, type, '');
    this.#declarations.push(`export interface ${name} ${members}\n`);
    return name;
  }

  #members(btf: Btf, type: BtfComposite, indent: string): string {
    const lines = flatMembers(btf, type).map((member) => {
      const shown = member.bitSize > 0 ? (member.bitSize <= 32 ? 'number' : 'bigint') : this.type(member.type);
      const text = `${indent}  ${propertyName(member.name)}: ${shown.replaceAll('\n', `\n${indent}  `)};`;
      return member.union === 0 ? text : `${text} // union`;
    });
    return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
  }
}
