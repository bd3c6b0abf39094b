/** BTF blobs for tests: one with every kind, and the means to break them. */
import { BtfBuilder } from '#dist/shared/object/btf/index.js';

/** A blob with a type of every kind, in forms that the kernel accepts. */
export function everyKind(): BtfBuilder {
  const b = new BtfBuilder();
  const int = b.int('int', 4, 'signed');
  const u32 = b.int('unsigned int', 4);
  const u64 = b.int('unsigned long long', 8);
  const char = b.int('char', 1, 'signed');
  b.int('_Bool', 1, 'bool');
  b.int('__int128', 16, 'signed');
  const double = b.add({ kind: 'float', name: 'double', size: 8 });
  const typedef = b.add({ kind: 'typedef', name: 'count_t', type: u64 });
  const constant = b.add({ kind: 'const', name: '', type: typedef });
  const volatile = b.add({ kind: 'volatile', name: '', type: int });
  const text = b.array(char, u32, 16);
  const node = b.types.length + 1;
  const pointer = b.pointer(node);
  b.struct('node', 64, [
    ['next', pointer, 0],
    ['count', constant, 8],
    ['text', text, 16],
    ['number', volatile, 32],
    ['ratio', double, 40],
  ]);
  b.add({
    kind: 'struct',
    name: 'bits',
    size: 8,
    kindFlag: true,
    members: [
      { name: 'a', type: int, bitOffset: 0, bitSize: 3 },
      { name: 'b', type: u32, bitOffset: 3, bitSize: 29 },
      { name: 'c', type: u32, bitOffset: 32, bitSize: 0 },
    ],
  });
  addNamed(b, { int, u64, pointer, node });
  return b;
}

/** Enums, declarations, functions, variables and tags. */
function addNamed(b: BtfBuilder, ids: { int: number; u64: number; pointer: number; node: number }): void {
  const { int, u64, pointer, node } = ids;
  b.add({ kind: 'union', name: 'either', size: 8, members: [member('one', u64), member('other', int)] });
  const color = [
    { name: 'RED', value: -1 },
    { name: 'GREEN', value: 7 },
  ];
  b.add({ kind: 'enum', name: 'color', size: 4, signed: true, values: color });
  b.add({ kind: 'enum64', name: 'wide', size: 8, signed: false, values: [{ name: 'WIDE', value: 1n << 40n }] });
  b.pointer(b.add({ kind: 'fwd', name: 'unknown', union: false }));
  const restrict = b.add({ kind: 'restrict', name: '', type: pointer });
  b.pointer(b.add({ kind: 'type_tag', name: 'user', type: int }));
  const parameters = [
    { name: 'where', type: restrict },
    { name: 'count', type: u64 },
  ];
  const prototype = b.add({ kind: 'func_proto', name: '', type: int, parameters });
  const fn = b.add({ kind: 'func', name: 'work', type: prototype, linkage: 1 });
  const variable = b.add({ kind: 'var', name: 'total', type: u64, linkage: 1 });
  b.add({ kind: 'datasec', name: '.data', size: 16, variables: [{ type: variable, offset: 0, size: 8 }] });
  b.add({ kind: 'decl_tag', name: 'hot', type: fn, component: 1 });
  b.add({ kind: 'decl_tag', name: 'cold', type: node, component: -1 });
}

/** A value type with a special field: `{ unsigned int count; struct NAME field; }`. */
export function valueWith(
  name: string,
  size: number,
  offset: number,
  more: readonly [string, number][] = [],
): BtfBuilder {
  const b = new BtfBuilder();
  const u32 = b.int('unsigned int', 4);
  const u64 = b.int('unsigned long long', 8);
  const inner = size === 4 ? b.struct(name, 4, [['val', u32, 0]]) : opaque(b, name, size, u32, u64);
  const members: [string, number, number][] = [
    ['count', u32, 0],
    ['field', inner, offset],
  ];
  for (const [field, at] of more) members.push([field, inner, at]);
  const end = Math.max(...members.map(([, , at]) => at)) + size;
  b.struct('value', Math.ceil(end / 8) * 8, members);
  return b;
}

function opaque(b: BtfBuilder, name: string, size: number, u32: number, u64: number): number {
  const words = b.array(u64, u32, size / 8);
  return b.struct(name, size, [['__opaque', words, 0]]);
}

function member(name: string, type: number): { name: string; type: number; bitOffset: number; bitSize: number } {
  return { name, type, bitOffset: 0, bitSize: 0 };
}

/** The same numbers from the same seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}
