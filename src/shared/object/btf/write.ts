/** BTF back to bytes. */
import { BTF_HEADER_SIZE, BTF_MAGIC } from './header.js';
import { BtfKind, type BtfInt, type BtfType } from './types.js';

const INT_ENCODING = { unsigned: 0, signed: 1, char: 2, bool: 4 } as const;

/**
 * The bytes of a BTF, little-endian. Strings that are there keep their offsets, so that line info made for
 * them stays right; names that are missing are added behind them.
 */
export function writeBtf(btf: { types: readonly BtfType[]; strings?: Uint8Array }): Uint8Array {
  const strings = new StringWriter(btf.strings);
  const words: number[] = [];
  for (const type of btf.types.slice(1)) writeType(words, type, strings);
  const table = strings.bytes();
  const bytes = new Uint8Array(BTF_HEADER_SIZE + words.length * 4 + table.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BTF_MAGIC, true);
  view.setUint8(2, 1);
  const header = [BTF_HEADER_SIZE, 0, words.length * 4, words.length * 4, table.length];
  for (const [index, word] of header.entries()) view.setUint32(4 + index * 4, word, true);
  for (const [index, word] of words.entries()) view.setUint32(BTF_HEADER_SIZE + index * 4, word, true);
  bytes.set(table, BTF_HEADER_SIZE + words.length * 4);
  return bytes;
}

class StringWriter {
  readonly #offsets = new Map<string, number>([['', 0]]);
  readonly #kept: Uint8Array;
  readonly #added: number[] = [];

  constructor(kept: Uint8Array = new Uint8Array(1)) {
    this.#kept = kept.length === 0 ? new Uint8Array(1) : kept;
    for (let start = 0; start < this.#kept.length; ) {
      const end = this.#kept.indexOf(0, start);
      const text = String.fromCharCode(...this.#kept.subarray(start, Math.min(end, start + 4096)));
      if (!this.#offsets.has(text)) this.#offsets.set(text, start);
      start = end + 1;
    }
  }

  offset(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#kept.length + this.#added.length;
    for (const character of text) this.#added.push(character.charCodeAt(0) & 0xff);
    this.#added.push(0);
    this.#offsets.set(text, offset);
    return offset;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#kept.length + this.#added.length);
    bytes.set(this.#kept);
    bytes.set(this.#added, this.#kept.length);
    return bytes;
  }
}

function writeType(words: number[], type: BtfType, strings: StringWriter): void {
  const head: HeadWriter = (vlen, sizeOrType, kindFlag = false) => {
    const info = (BtfKind[type.kind] << 24) | vlen | (kindFlag ? 1 << 31 : 0);
    words.push(strings.offset(type.name), info >>> 0, sizeOrType);
  };
  switch (type.kind) {
    case 'void':
      throw new RangeError('void is the type of id 0 and has no record');
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'func_proto':
    case 'datasec':
      writeList(words, type, strings, head);
      return;
    default:
      words.push(...writeSingle(type, head));
  }
}

/** Writes the head; gives the words that follow it. */
function writeSingle(type: Exclude<BtfType, ListType | { kind: 'void' }>, head: HeadWriter): readonly number[] {
  switch (type.kind) {
    case 'int':
      head(0, type.size);
      return [intData(type)];
    case 'float':
      head(0, type.size);
      return [];
    case 'fwd':
      head(0, 0, type.union);
      return [];
    case 'func':
      head(type.linkage, type.type);
      return [];
    case 'var':
      head(0, type.type);
      return [type.linkage];
    case 'decl_tag':
      head(0, type.type, type.kindFlag);
      return [type.component >>> 0];
    case 'array':
      head(0, 0);
      return [type.element, type.index, type.length];
    case 'ptr':
      head(0, type.type);
      return [];
    default:
      head(0, type.type, type.kindFlag);
      return [];
  }
}

type ListType = Extract<BtfType, { kind: 'struct' | 'union' | 'enum' | 'enum64' | 'func_proto' | 'datasec' }>;
type HeadWriter = (vlen: number, sizeOrType: number, kindFlag?: boolean) => void;

function writeList(words: number[], type: ListType, strings: StringWriter, head: HeadWriter): void {
  switch (type.kind) {
    case 'struct':
    case 'union': {
      const kindFlag = type.kindFlag === true || type.members.some((member) => member.bitSize !== 0);
      head(type.members.length, type.size, kindFlag);
      for (const { name, type: member, bitOffset, bitSize } of type.members) {
        words.push(strings.offset(name), member, kindFlag ? ((bitSize << 24) | bitOffset) >>> 0 : bitOffset);
      }
      return;
    }
    case 'enum':
      head(type.values.length, type.size, type.signed);
      for (const { name, value } of type.values) words.push(strings.offset(name), value >>> 0);
      return;
    case 'enum64':
      head(type.values.length, type.size, type.signed);
      for (const { name, value } of type.values) {
        const bits = BigInt.asUintN(64, value);
        words.push(strings.offset(name), Number(bits & 0xffff_ffffn), Number(bits >> 32n));
      }
      return;
    case 'func_proto':
      head(type.parameters.length, type.type);
      for (const { name, type: parameter } of type.parameters) words.push(strings.offset(name), parameter);
      return;
    case 'datasec':
      head(type.variables.length, type.size);
      for (const { type: variable, offset, size } of type.variables) words.push(variable, offset, size);
      return;
  }
}

function intData(type: BtfInt): number {
  return ((INT_ENCODING[type.encoding] << 24) | (type.bitOffset << 16) | type.bits) >>> 0;
}

/** A small maker of BTF: each method adds a type and gives its id. */
export class BtfBuilder {
  readonly types: BtfType[] = [{ kind: 'void', name: '' }];

  add(type: BtfType): number {
    this.types.push(type);
    return this.types.length - 1;
  }

  int(name: string, size: number, encoding: BtfInt['encoding'] = 'unsigned'): number {
    return this.add({ kind: 'int', name, size, encoding, bitOffset: 0, bits: size * 8 });
  }

  pointer(type: number): number {
    return this.add({ kind: 'ptr', name: '', type });
  }

  array(element: number, index: number, length: number): number {
    return this.add({ kind: 'array', name: '', element, index, length });
  }

  /** Members as `[name, type, byte offset]`. */
  struct(name: string, size: number, members: readonly (readonly [string, number, number])[]): number {
    const list = members.map(([member, type, offset]) => ({ name: member, type, bitOffset: offset * 8, bitSize: 0 }));
    return this.add({ kind: 'struct', name, size, members: list });
  }

  build(): Uint8Array {
    return writeBtf({ types: this.types });
  }
}
