/** BTF from declarations in C: structs of map values and prototypes of functions, as far as the cases need them. */
import { BtfBuilder, Linkage } from '#dist/shared/object/btf/index.js';

const BASE: Readonly<Record<string, readonly [size: number, encoding: 'signed' | 'unsigned' | 'bool' | 'char']>> = {
  char: [1, 'signed'],
  u8: [1, 'unsigned'],
  u16: [2, 'unsigned'],
  int: [4, 'signed'],
  u32: [4, 'unsigned'],
  long: [8, 'signed'],
  u64: [8, 'unsigned'],
  bool: [1, 'bool'],
};

interface Sized {
  readonly id: number;
  readonly size: number;
  readonly alignment: number;
}

const POINTER_SIZE = 8;

/** Types by declaration; each is made once. */
export class Declarations {
  readonly builder = new BtfBuilder();
  readonly #known = new Map<string, Sized>([['void', { id: 0, size: 0, alignment: 1 }]]);

  /** `struct pair { u32 a; u32 b; }`: laid out as C does. `union` and `typedef TYPE NAME` as well. */
  define(text: string): number {
    const alias = /^\s*typedef\s+(.+?)\s+(\w+)\s*$/.exec(text);
    if (alias !== null) {
      const target = this.type(alias[1] as string);
      const id = this.builder.add({ kind: 'typedef', name: alias[2] as string, type: target.id });
      return this.#keep(alias[2] as string, { ...target, id });
    }
    const match = /^\s*(struct|union)\s+(\w*)\s*\{([^}]*)\}\s*$/.exec(text);
    if (match === null) throw new Error(`cannot read the declaration ${text}`);
    const [, kind = '', name = '', body = ''] = match;
    let size = 0;
    let alignment = 1;
    const members = body
      .split(';')
      .filter((member) => member.trim() !== '')
      .map((member) => {
        const { name: label, type } = this.#declared(member);
        const offset = kind === 'union' ? 0 : Math.ceil(size / type.alignment) * type.alignment;
        size = Math.max(size, offset + type.size);
        alignment = Math.max(alignment, type.alignment);
        return { name: label, type: type.id, bitOffset: offset * 8, bitSize: 0 };
      });
    size = Math.ceil(size / alignment) * alignment;
    const id = this.builder.add({ kind: kind as 'struct' | 'union', name, size, members });
    return this.#keep(`${kind} ${name}`, { id, size, alignment });
  }

  /** `static int f(struct pair *p __arg_nonnull, int n)`: id of the function. */
  prototype(text: string): number {
    const match = /^\s*(static\s+|extern\s+)?([^(]*?)(\w+)\s*\((.*)\)\s*$/.exec(text);
    if (match === null) throw new Error(`cannot read the prototype ${text}`);
    const [, storage = '', result = '', name = '', list = ''] = match;
    const parameters = list
      .split(',')
      .filter((parameter) => parameter.trim() !== '' && parameter.trim() !== 'void')
      .map((parameter) => this.#parameter(parameter));
    const type = this.type(result).id;
    const plain = parameters.map(({ name: label, id }) => ({ name: label, type: id }));
    const signature = this.builder.add({ kind: 'func_proto', name: '', type, parameters: plain });
    const linkage = storage.startsWith('static')
      ? Linkage.STATIC
      : storage.startsWith('extern')
        ? Linkage.EXTERN
        : Linkage.GLOBAL;
    const id = this.builder.add({ kind: 'func', name, type: signature, linkage });
    parameters.forEach(({ tags }, component) => {
      for (const tag of tags) this.builder.add({ kind: 'decl_tag', name: tag, type: id, component });
    });
    return id;
  }

  type(text: string): Sized {
    const stars = text.split('*');
    let base = this.#base((stars[0] as string).trim());
    for (let i = 1; i < stars.length; i++) {
      const key = `${stars.slice(0, i + 1).join('*')}`.replaceAll(' ', '');
      const known = this.#known.get(key);
      base = known ?? this.#named(key, this.builder.pointer(base.id));
      if ((stars[i] as string).includes('const')) {
        base = { ...base, id: this.builder.add({ kind: 'const', name: '', type: base.id }) };
      }
    }
    return base;
  }

  #named(key: string, id: number): Sized {
    const type = { id, size: POINTER_SIZE, alignment: POINTER_SIZE };
    this.#known.set(key, type);
    return type;
  }

  #keep(key: string, type: Sized): number {
    this.#known.set(key, type);
    return type.id;
  }

  #base(text: string): Sized {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const modified = /^(const|volatile)\s+(.*)$/.exec(text);
    if (modified !== null) {
      const inner = this.#base(modified[2] as string);
      const id = this.builder.add({ kind: modified[1] as 'const' | 'volatile', name: '', type: inner.id });
      this.#keep(text, { ...inner, id });
      return { ...inner, id };
    }
    const row = BASE[text];
    if (row !== undefined) {
      const [size, encoding] = row;
      const id = this.builder.int(text, size, encoding);
      this.#keep(text, { id, size, alignment: size });
      return { id, size, alignment: size };
    }
    return this.#unfinished(text);
  }

  /** A struct that is only named, an enumeration, a float. */
  #unfinished(text: string): Sized {
    const [kind = '', name = ''] = text.split(/\s+/);
    let id: number;
    if (kind === 'enum') {
      const values = [{ name: `${name}_one`, value: 1 }];
      id = this.builder.add({ kind: 'enum', name, size: 4, signed: false, values });
    } else if (kind === 'struct' || kind === 'union') {
      id = this.builder.add({ kind: 'fwd', name, union: kind === 'union' });
    } else if (kind === 'float') {
      id = this.builder.add({ kind: 'float', name: 'float', size: 4 });
    } else throw new Error(`cannot read the type ${text}`);
    this.#keep(text, { id, size: 4, alignment: 4 });
    return { id, size: 4, alignment: 4 };
  }

  #declared(text: string): { name: string; type: Sized } {
    const match = /^\s*(.*?)(\w+)\s*(?:\[(\d+)\])?\s*$/.exec(text);
    if (match === null) throw new Error(`cannot read ${text}`);
    const [, type = '', name = '', count] = match;
    const element = this.type(type);
    if (count === undefined) return { name, type: element };
    const id = this.builder.array(element.id, this.type('u32').id, Number(count));
    return { name, type: { id, size: element.size * Number(count), alignment: element.alignment } };
  }

  #parameter(text: string): { name: string; id: number; tags: string[] } {
    const tags: string[] = [];
    const bare = text.replaceAll(/\b__arg_(\w+)\b/g, (_, tag: string) => {
      tags.push(`arg:${tag}`);
      return '';
    });
    const list = /^\s*(\w+)\s*\(\*(\w+)\)\[(\d+)\]\s*$/.exec(bare);
    if (list !== null) {
      const inner = this.#declared(`${list[1]} x[${list[3]}]`).type;
      return { name: list[2] as string, id: this.builder.pointer(inner.id), tags };
    }
    const { name, type } = this.#declared(bare);
    return { name, id: type.id, tags };
  }
}

/** Structs that cases name; the special ones are those of the uapi. */
const STRUCTS: readonly string[] = [
  'struct bpf_spin_lock { u32 val }',
  'struct bpf_timer { u64 a; u64 b }',
  'struct bpf_wq { u64 a; u64 b }',
  'struct bpf_dynptr { u64 a; u64 b }',
  'struct pair { u32 a; u32 b }',
  'struct triple { u64 a; u64 b; u64 c }',
  'struct empty { }',
  'struct big { char bytes[4096] }',
  'struct __sk_buff { u32 len; u32 pkt_type }',
  'struct xdp_md { u32 data; u32 data_end }',
  'struct bpf_perf_event_data { u64 a }',
  'struct pt_regs { u64 a }',
  'struct bpf_raw_tracepoint_args { u64 a }',
  'struct task_struct { u64 a }',
  'struct locked { struct bpf_spin_lock lock; u32 n; u64 x }',
  'struct late { u64 x; struct bpf_spin_lock lock; u32 n }',
  'struct timed { u64 x; struct bpf_timer timer }',
  'struct timedlock { struct bpf_timer timer; struct bpf_spin_lock lock; u32 n }',
  'struct worked { u64 x; struct bpf_wq wq }',
  'union both { u32 a; u64 b }',
  'typedef int number',
  'typedef struct pair pair_t',
];

/** Declarations that know the structs of all cases. */
export function newDeclarations(): Declarations {
  const declarations = new Declarations();
  for (const text of STRUCTS) declarations.define(text);
  return declarations;
}
