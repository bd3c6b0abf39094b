/** TypeScript out of BTF types, as the codecs read and write their values. */
import { type Btf, type BtfComposite, type BtfDataSection, type BtfType, resolvedType, typeOf } from './btf/index.js';
import { flatMembers, isChar } from './codecs/index.js';

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name.replace(/['\\]/g, '\\$&')}'`;
}

const MAX_NESTING = 8;
/** Characters of a struct without a name. */
const MAX_TEXT = 20_000;

/** What TypeScript lets no interface be called, and the types that this module writes. */
const WORDS: readonly string[] = [
  ...[
    'any',
    'bigint',
    'boolean',
    'never',
    'null',
    'number',
    'object',
    'string',
    'symbol',
    'undefined',
    'unknown',
    'void',
  ],
  ...[
    'await',
    'catch',
    'class',
    'debugger',
    'delete',
    'export',
    'extends',
    'false',
    'finally',
    'function',
    'implements',
  ],
  ...['import', 'in', 'instanceof', 'interface', 'let', 'new', 'package', 'private', 'protected', 'public', 'super'],
  ...['this', 'throw', 'true', 'try', 'typeof', 'var', 'with', 'yield', 'Uint8Array', 'Readonly'],
];

/** Writes BTF types as TypeScript: structs with names become interfaces, all else stands where it is used. */
export class TypeWriter {
  readonly #btf: Btf | undefined;
  readonly #names = new Map<BtfType, string>();
  readonly #declarations: string[] = [];
  readonly #taken: Set<string>;
  #depth = 0;

  /** @param reserved Names that structs cannot have in the text. */
  constructor(btf: Btf | undefined, reserved: Iterable<string>) {
    this.#btf = btf;
    this.#taken = new Set([...WORDS, ...reserved]);
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
        return this.#section(btf, type);
      default:
        return 'Uint8Array';
    }
  }

  /** The value of a section's map: its variables. */
  #section(btf: Btf, { variables }: BtfDataSection): string {
    const lines = variables.map(({ type }) => {
      const variable = typeOf(btf, type);
      const shown = variable.kind === 'var' ? this.type(variable.type) : 'Uint8Array';
      return `  ${propertyName(variable.name)}: ${shown.replaceAll('\n', '\n  ')};`;
    });
    return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n}`;
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
    while (this.#taken.has(name)) name += '_';
    this.#taken.add(name);
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
