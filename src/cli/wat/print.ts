/** WebAssembly text of a module, as far as the compiler's modules go: functions, imports, exports, tables, globals. */
import { ByteReader } from './bytes.js';
import { type Immediate, operationOf } from './opcodes.js';

export interface WatOptions {
  /** A comment to stand above the instruction at a byte offset of the module. */
  readonly commentAt?: (offset: number) => string | undefined;
}

interface FunctionType {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
} as const;
const VALUE_TYPES: Readonly<Record<number, string>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  112: 'funcref',
  111: 'externref',
};
const EMPTY_BLOCK = 0x40;
const MAGIC_AND_VERSION = 8;
const FUNCTION_NAMES = 1;

/** Throws RangeError for bytes that are no module. */
export function watOf(wasm: Uint8Array, options: WatOptions = {}): string {
  return new WatPrinter(wasm, options).print();
}

class WatPrinter {
  readonly #reader: ByteReader;
  readonly #commentAt: (offset: number) => string | undefined;
  readonly #types: FunctionType[] = [];
  /** Type of each function, imported ones first. */
  readonly #functionTypes: number[] = [];
  readonly #names = new Map<number, string>();
  readonly #sections: { readonly id: number; readonly begin: number; readonly end: number }[] = [];
  readonly #lines: string[] = [];
  #imported = 0;

  constructor(wasm: Uint8Array, { commentAt = () => undefined }: WatOptions) {
    this.#reader = new ByteReader(wasm);
    this.#commentAt = commentAt;
  }

  print(): string {
    this.#findSections();
    this.#each(SECTION.custom, () => this.#readNames());
    this.#lines.push('(module');
    this.#each(SECTION.type, () => this.#printTypes());
    this.#each(SECTION.import, () => void this.#reader.list(() => this.#printImport()));
    this.#each(SECTION.function, () => void this.#reader.list(() => this.#functionTypes.push(this.#reader.u32())));
    this.#each(SECTION.table, () => void this.#reader.list(() => this.#line(`(table ${this.#tableType()})`)));
    this.#each(SECTION.memory, () => void this.#reader.list(() => this.#line(`(memory ${this.#limits()})`)));
    this.#each(SECTION.global, () => void this.#reader.list(() => this.#printGlobal()));
    this.#each(SECTION.export, () => void this.#reader.list(() => this.#printExport()));
    this.#each(SECTION.code, () => this.#printCode());
    this.#lines.push(')');
    return `${this.#lines.join('\n')}\n`;
  }

  #findSections(): void {
    const reader = this.#reader;
    const magic = reader.take(MAGIC_AND_VERSION);
    if (magic[0] !== 0 || magic[1] !== 0x61) throw new RangeError('WebAssembly module: the magic number is missing');
    while (reader.offset < reader.length) {
      const id = reader.byte();
      const size = reader.u32();
      const begin = reader.offset;
      reader.take(size);
      this.#sections.push({ id, begin, end: begin + size });
    }
  }

  #each(id: number, read: () => void): void {
    for (const section of this.#sections) {
      if (section.id !== id) continue;
      this.#reader.offset = section.begin;
      read();
    }
  }

  #readNames(): void {
    const reader = this.#reader;
    const end = this.#sections.find(({ begin }) => begin === reader.offset)?.end ?? 0;
    if (reader.name() !== 'name') return;
    while (reader.offset < end) {
      const kind = reader.byte();
      const next = reader.u32() + reader.offset;
      if (kind === FUNCTION_NAMES) reader.list(() => this.#names.set(reader.u32(), reader.name()));
      reader.offset = next;
    }
  }

  #printTypes(): void {
    this.#reader.list(() => {
      this.#reader.byte();
      const type = {
        parameters: this.#reader.list(() => this.#valueType()),
        results: this.#reader.list(() => this.#valueType()),
      };
      this.#line(`(type $t${this.#types.length} (func${signature(type)}))`);
      this.#types.push(type);
    });
  }

  #printImport(): void {
    const path = `${quoted(this.#reader.name())} ${quoted(this.#reader.name())}`;
    this.#line(`(import ${path} ${this.#importedThing()})`);
  }

  #importedThing(): string {
    const kind = this.#reader.byte();
    if (kind === 1) return `(table ${this.#tableType()})`;
    if (kind === 2) return `(memory ${this.#limits()})`;
    if (kind === 3) return `(global ${this.#globalType()})`;
    const type = this.#reader.u32();
    const index = this.#functionTypes.push(type) - 1;
    this.#imported++;
    return `(func ${this.#functionName(index)}${signature(this.#types[type])})`;
  }

  #printGlobal(): void {
    const type = this.#globalType();
    const value: string[] = [];
    for (;;) {
      const text = this.#instruction();
      if (text === 'end') break;
      value.push(`(${text})`);
    }
    this.#line(`(global ${type} ${value.join(' ')})`);
  }

  #printExport(): void {
    const name = quoted(this.#reader.name());
    const kind = ['func', 'table', 'memory', 'global'][this.#reader.byte()] ?? 'unknown';
    const index = this.#reader.u32();
    this.#line(`(export ${name} (${kind} ${kind === 'func' ? this.#functionName(index) : index}))`);
  }

  #printCode(): void {
    let index = this.#imported;
    this.#reader.list(() => this.#printFunction(index++));
  }

  #printFunction(index: number): void {
    const reader = this.#reader;
    const end = reader.u32() + reader.offset;
    this.#line(`(func ${this.#functionName(index)}${signature(this.#types[this.#functionTypes[index] ?? -1])}`);
    const locals = reader.list(() => ({ count: reader.u32(), type: this.#valueType() }));
    for (const { count, type } of locals) this.#line(`(local${` ${type}`.repeat(count)})`, 2);
    this.#printBody(end);
    this.#line(')');
  }

  #printBody(end: number): void {
    let depth = 2;
    while (this.#reader.offset < end) {
      const comment = this.#commentAt(this.#reader.offset);
      const text = this.#instruction();
      if (text === 'end' || text === 'else') depth--;
      // The last `end` is the function's own.
      if (this.#reader.offset === end) return;
      if (comment !== undefined) this.#line(`;; ${comment}`, depth);
      this.#line(text, depth);
      if (/^(block|loop|if|else)\b/.test(text)) depth++;
    }
  }

  #instruction(): string {
    const { name, immediate } = operationOf(this.#reader.byte(), () => this.#reader.u32());
    const operands = this.#immediate(name, immediate);
    return operands === '' ? name : `${name} ${operands}`;
  }

  #immediate(name: string, immediate: Immediate): string {
    const reader = this.#reader;
    switch (immediate) {
      case 'none':
        return '';
      case 'block':
        return this.#blockType();
      case 'label':
        return String(reader.u32());
      case 'labels':
        return [...reader.list(() => reader.u32()), reader.u32()].join(' ');
      case 'index':
        return this.#index(name);
      case 'indirect':
        return this.#indirect();
      case 'memory':
        return this.#memoryOperands();
      case 'i32':
      case 'i64':
        return String(reader.signed());
      case 'f32':
        return String(reader.f32());
      case 'f64':
        return String(reader.f64());
      case 'zero':
        reader.take(1);
        return '';
      case 'zeros':
        reader.take(2);
        return '';
      case 'select':
        return reader.list(() => `(result ${this.#valueType()})`).join(' ');
    }
  }

  #blockType(): string {
    const type = this.#reader.signed();
    const byte = Number(BigInt.asUintN(7, type));
    if (byte === EMPTY_BLOCK && type < 0n) return '';
    return type < 0n ? `(result ${VALUE_TYPES[byte] ?? `0x${byte.toString(16)}`})` : `(type $t${type})`;
  }

  #index(name: string): string {
    const index = this.#reader.u32();
    return name === 'call' || name === 'return_call' ? this.#functionName(index) : String(index);
  }

  #indirect(): string {
    const type = this.#reader.u32();
    const table = this.#reader.u32();
    return `${table === 0 ? '' : `${table} `}(type $t${type})`;
  }

  #memoryOperands(): string {
    const align = this.#reader.u32();
    const offset = this.#reader.u32();
    return [offset === 0 ? '' : `offset=${offset}`, `align=${2 ** align}`].filter(Boolean).join(' ');
  }

  #tableType(): string {
    const type = this.#valueType();
    return `${this.#limits()} ${type}`;
  }

  #limits(): string {
    const flags = this.#reader.byte();
    const least = this.#reader.u32();
    const most = flags & 1 ? ` ${this.#reader.u32()}` : '';
    return `${least}${most}${flags & 2 ? ' shared' : ''}`;
  }

  #globalType(): string {
    const type = this.#valueType();
    return this.#reader.byte() === 1 ? `(mut ${type})` : type;
  }

  #valueType(): string {
    const byte = this.#reader.byte();
    return VALUE_TYPES[byte] ?? `0x${byte.toString(16)}`;
  }

  #functionName(index: number): string {
    const name = this.#names.get(index);
    return name === undefined ? `$f${index}` : `$${name.replaceAll(/[^\w.$:/+-]/g, '_')}`;
  }

  #line(text: string, depth = 1): void {
    this.#lines.push(`${'  '.repeat(depth)}${text}`);
  }
}

function signature(type: FunctionType | undefined): string {
  const list = (word: string, types: readonly string[]) => (types.length === 0 ? '' : ` (${word} ${types.join(' ')})`);
  return type ? list('param', type.parameters) + list('result', type.results) : '';
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
