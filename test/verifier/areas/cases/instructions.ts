/** Instructions: reserved fields, unknown codes, packet loads, atomics on every kind of memory, extensions and swaps. */
import { type Case, grid } from '../case.js';
import { END, one, type Small } from '../parts.js';

/** Every field of an opcode, one at a time, set where it should be 0 or out of range. */
function fields(opcode: number, name: string, good: readonly [number, number, number, number]): Small[] {
  const raw = (dst: number, src: number, off: number, imm: number): string => `.raw ${opcode} ${dst} ${src} ${off} ${imm}`;
  const [dst, src, off, imm] = good;
  const before = `r6 = r1\nr2 = 1\nr3 = 3\nr4 = r10\nr4 += -8\n*(u64 *)(r10 - 8) = 0\n`;
  const variants: [string, string][] = [
    ['', raw(...good)],
    ['other destination', raw(7, src, off, imm)],
    ['destination 10', raw(10, src, off, imm)],
    ['destination 11', raw(11, src, off, imm)],
    ['other source', raw(dst, 7, off, imm)],
    ['source 2', raw(dst, 2, off, imm)],
    ['source 11', raw(dst, 11, off, imm)],
    ['offset 1', raw(dst, src, off + 1, imm)],
    ['offset -1', raw(dst, src, off - 1, imm)],
    ['offset 8', raw(dst, src, off + 8, imm)],
    ['immediate 1', raw(dst, src, off, imm + 1)],
    ['immediate -1', raw(dst, src, off, -1)],
    ['immediate 64', raw(dst, src, off, 64)],
  ];
  return variants.map(([variant, text]) => one(`${name}${variant === '' ? '' : `, ${variant}`}`, `${before}${text}\nr0 = 0\nr0 = 0`));
} // biome-ignore format: tables

const reserved = grid('fields', {}, [
  ...fields(0xb7, 'mov', [2, 0, 0, 0]),
  ...fields(0xbf, 'mov by register', [2, 3, 0, 0]),
  ...fields(0xbc, 'mov32 by register', [2, 3, 0, 0]),
  ...fields(0xb4, 'mov32', [2, 0, 0, 0]),
  ...fields(0x07, 'add', [2, 0, 0, 0]),
  ...fields(0x0f, 'add by register', [2, 3, 0, 0]),
  ...fields(0x87, 'neg', [2, 0, 0, 0]),
  ...fields(0x84, 'neg32', [2, 0, 0, 0]),
  ...fields(0x8f, 'neg by register', [2, 3, 0, 0]),
  ...fields(0xd4, 'le', [2, 0, 0, 16]),
  ...fields(0xdc, 'be', [2, 0, 0, 16]),
  ...fields(0xd7, 'bswap', [2, 0, 0, 16]),
  ...fields(0xdf, 'bswap by register', [2, 0, 0, 16]),
  ...fields(0x37, 'div', [2, 0, 0, 1]),
  ...fields(0x3f, 'div by register', [2, 3, 0, 0]),
  ...fields(0x34, 'div32', [2, 0, 0, 1]),
  ...fields(0x97, 'mod', [2, 0, 0, 1]),
  ...fields(0x9f, 'mod by register', [2, 3, 0, 0]),
  ...fields(0x67, 'shift', [2, 0, 0, 1]),
  ...fields(0x6f, 'shift by register', [2, 3, 0, 0]),
  ...fields(0x64, 'shift32', [2, 0, 0, 1]),
  ...fields(0xc7, 'arithmetic shift', [2, 0, 0, 1]),
  ...fields(0x61, 'load', [2, 4, 0, 0]),
  ...fields(0x81, 'load extended', [2, 4, 0, 0]),
  ...fields(0x99, 'load extended of 8', [2, 4, 0, 0]),
  ...fields(0x62, 'store', [4, 0, 0, 0]),
  ...fields(0x63, 'store by register', [4, 2, 0, 0]),
  ...fields(0x83, 'store extended', [4, 2, 0, 0]),
  ...fields(0xc2, 'store immediate atomically', [4, 0, 0, 0]),
  ...fields(0xc3, 'atomic 32', [4, 2, 0, 0]),
  ...fields(0xdb, 'atomic 64', [4, 2, 0, 0]),
  ...fields(0xd3, 'atomic 8', [4, 2, 0, 0]),
  ...fields(0xcb, 'atomic 16', [4, 2, 0, 0]),
  ...fields(0x05, 'goto', [0, 0, 0, 0]),
  ...fields(0x06, 'gotol', [0, 0, 0, 0]),
  ...fields(0x0d, 'goto by register', [0, 0, 0, 0]),
  ...fields(0x15, 'if equal', [2, 0, 0, 0]),
  ...fields(0x1d, 'if equal by register', [2, 3, 0, 0]),
  ...fields(0x16, 'if equal 32', [2, 0, 0, 0]),
  ...fields(0x1e, 'if equal 32 by register', [2, 3, 0, 0]),
  ...fields(0x85, 'call', [0, 0, 0, 7]),
  ...fields(0x8d, 'call by register', [0, 0, 0, 7]),
  ...fields(0x86, 'call 32', [0, 0, 0, 7]),
  ...fields(0x95, 'exit', [0, 0, 0, 0]),
  ...fields(0x96, 'exit 32', [0, 0, 0, 0]),
  ...fields(0x9d, 'exit by register', [0, 0, 0, 0]),
  ...fields(0x20, 'packet load', [0, 0, 0, 0]),
  ...fields(0x38, 'packet load of 8', [0, 0, 0, 0]),
  ...fields(0x40, 'indirect packet load', [0, 2, 0, 0]),
]); // biome-ignore format: one a line

const TYPES = [1, 3, 6, 8, 5, 7, 17, 31];
const LOADS = [0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58];
const packetLoads = grid('packet load', {}, [
  ...TYPES.flatMap((type) => LOADS.map((opcode) =>
    one(`type ${type}, opcode ${opcode.toString(16)}`, `r6 = r1\nr2 = 0\n.raw ${opcode} 0 ${opcode >= 0x40 ? 2 : 0} 0 4`, { type, ...(type === 31 ? { flags: 16 } : {}) }))),
  one('r6 not set', 'r0 = *(u8 *)skb[0]'),
  one('r6 a number', 'r6 = 0\nr0 = *(u8 *)skb[0]'),
  one('r6 the stack', 'r6 = r10\nr0 = *(u8 *)skb[0]'),
  one('r6 the context moved', 'r6 = r1\nr6 += 4\nr0 = *(u8 *)skb[0]'),
  one('r6 a spilled context', '*(u64 *)(r10 - 8) = r1\nr6 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)skb[0]'),
  one('index a pointer', 'r6 = r1\nr0 = *(u8 *)skb[r10]'),
  one('index not set', 'r6 = r1\nr0 = *(u8 *)skb[r7]'),
  one('index unknown', 'r6 = r1\ncall get_prandom_u32\nr0 = *(u8 *)skb[r0]'),
  one('negative offset', 'r6 = r1\nr0 = *(u8 *)skb[-4096]'),
  one('clears r1', 'r6 = r1\nr0 = *(u8 *)skb[0]\nr2 = *(u32 *)(r1 + 0)'),
  one('clears r5', 'r6 = r1\nr5 = 1\nr0 = *(u8 *)skb[0]\nr0 = r5'),
  one('keeps r7', 'r6 = r1\nr7 = 1\nr0 = *(u8 *)skb[0]\nr0 = r7'),
  one('gives an unknown number', 'r6 = r1\nr0 = *(u8 *)skb[0]\nif r0 < 256 goto out\nr0 = *(u8 *)(r0 + 0)'),
  one('in a subprogram', `call f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit`),
]); // biome-ignore format: one program a line

const VALUE =
  '*(u32 *)(r10 - 4) = 7\nr2 = r10\nr2 += -4\nr1 = map[array] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr4 = r0\n';
/** Memory that r4 points to. */
const MEMORY: Readonly<Record<string, string>> = {
  stack: '*(u64 *)(r10 - 8) = 0\nr4 = r10\nr4 += -8\n',
  'stack not written': 'r4 = r10\nr4 += -8\n',
  'stack with a pointer': '*(u64 *)(r10 - 8) = r10\nr4 = r10\nr4 += -8\n',
  value: VALUE,
  'value or null': VALUE.replace('if r0 == 0 goto out\n', ''),
  context: 'r4 = r1\n',
  packet: 'r4 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr5 = r4\nr5 += 8\nif r5 > r3 goto out\n',
  record: 'r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr4 = r0\n',
  map: 'r4 = map[array] ll\n',
  number: 'r4 = 5\n',
  'read-only value': 'r4 = map[rounfrozen][0] + 0 ll\n',
};
const OPERATIONS: Readonly<Record<string, string>> = {
  'add 64': 'lock *(u64 *)(r4 + 0) += r6',
  'add 32': 'lock *(u32 *)(r4 + 0) += w6',
  'fetch add': 'r6 = atomic_fetch_add((u64 *)(r4 + 0), r6)',
  exchange: 'r6 = xchg_64(r4 + 0, r6)',
  'compare and exchange': 'r0 = 1\nr0 = cmpxchg_64(r4 + 0, r0, r6)',
  'compare and exchange 32': 'r0 = 1\nw0 = cmpxchg32_32(r4 + 0, w0, w6)',
  acquire: 'r6 = load_acquire((u64 *)(r4 + 0))',
  'acquire 8': 'r6 = load_acquire((u8 *)(r4 + 0))',
  release: 'store_release((u64 *)(r4 + 0), r6)',
  'release 16': 'store_release((u16 *)(r4 + 0), r6)',
  'unaligned add': 'lock *(u64 *)(r4 + 4) += r6',
  'unaligned acquire': 'r6 = load_acquire((u32 *)(r4 + 1))',
};
const atomicGrid = Object.entries(MEMORY).flatMap(([where, setup]) =>
  Object.entries(OPERATIONS).map(([what, code]) => one(`${what} on ${where}`, `${setup}r6 = 1\n${code}`)),
);

const atomics = grid('atomic', {}, [
  ...atomicGrid,
  one('a pointer is exchanged into the stack', `${MEMORY['stack']}r6 = r10\nr6 = xchg_64(r4 + 0, r6)`),
  one('a pointer is exchanged out of the stack', `${MEMORY['stack with a pointer']}r6 = 1\nr6 = xchg_64(r4 + 0, r6)\n*(u8 *)(r6 - 1) = 0`),
  one('a pointer is added', `${MEMORY['value']}r6 = r10\nlock *(u64 *)(r4 + 0) += r6`),
  one('a pointer is stored with release', `${MEMORY['stack']}r6 = r10\nstore_release((u64 *)(r4 + 0), r6)\nr7 = *(u64 *)(r10 - 8)\n*(u8 *)(r7 - 1) = 0`),
  one('a pointer is loaded with acquire', `${MEMORY['stack with a pointer']}r7 = load_acquire((u64 *)(r4 + 0))\n*(u8 *)(r7 - 1) = 0`),
  one('a pointer is loaded with acquire in part', `${MEMORY['stack with a pointer']}r7 = load_acquire((u32 *)(r4 + 0))`),
  one('the compared register is a pointer', `${MEMORY['value']}r6 = 1\nr0 = r10\nr0 = cmpxchg_64(r4 + 0, r0, r6)`),
  one('the compared register is not set', `${MEMORY['stack']}r6 = 1\nr0 = cmpxchg_64(r4 + 0, r0, r6)`),
  one('the result is unknown', `${MEMORY['stack']}r6 = 1\nr6 = atomic_fetch_add((u64 *)(r4 + 0), r6)\nr4 += r6`),
  one('the fetched value from the stack', `${MEMORY['stack']}r6 = 1\nr6 = atomic_fetch_add((u64 *)(r4 + 0), r6)\nif r6 != 0 goto out\nr0 = *(u8 *)(r6 + 0)`),
  one('the memory is unknown afterwards', `${MEMORY['stack']}r6 = 1\nlock *(u64 *)(r4 + 0) += r6\nr7 = *(u64 *)(r10 - 8)\nr5 = r10\nr5 += r7`),
  one('fetch into the frame pointer', `${MEMORY['stack']}.raw 0xdb 4 10 0 1`),
  one('fetch into the address', `${MEMORY['stack']}.raw 0xdb 4 4 0 1`),
  one('code 2', `${MEMORY['stack']}r6 = 1\n.raw 0xdb 4 6 0 2`),
  one('code 0x10', `${MEMORY['stack']}r6 = 1\n.raw 0xdb 4 6 0 0x10`),
  one('code 0xe0', `${MEMORY['stack']}r6 = 1\n.raw 0xdb 4 6 0 0xe0`),
  one('code 0xf0', `${MEMORY['stack']}r6 = 1\n.raw 0xdb 4 6 0 0xf0`),
  one('code 0x120', `${MEMORY['stack']}r6 = 1\n.raw 0xdb 4 6 0 0x120`),
  one('add of 8 bits', `${MEMORY['stack']}r6 = 1\n.raw 0xd3 4 6 0 0`),
  one('add of 16 bits', `${MEMORY['stack']}r6 = 1\n.raw 0xcb 4 6 0 0`),
  one('immediate operand', `${MEMORY['stack']}.raw 0xda 4 0 0 0`),
  one('acquire into the frame pointer', `${MEMORY['stack']}.raw 0xdb 10 4 0 0x100`),
  one('acquire from what is not set', '.raw 0xdb 4 7 0 0x100'),
  one('release of what is not set', `${MEMORY['stack']}.raw 0xdb 4 7 0 0x110`),
  one('acquire of a constant keeps it', `*(u64 *)(r10 - 8) = 5\nr4 = r10\nr6 = load_acquire((u64 *)(r4 - 8))\nr4 += r6\n*(u8 *)(r4 - 8) = 0`),
  one('at a variable place of the stack', `call get_prandom_u32\nr0 &= 8\n*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 0\nr4 = r10\nr4 += -16\nr4 += r0\nr6 = 1\nlock *(u64 *)(r4 + 0) += r6`),
]); // biome-ignore format: one program a line

const extensions = grid('extend', {}, [
  ...[0, 8, 16, 32, 1, 64].flatMap((offset) => [
    one(`mov with offset ${offset}`, `r2 = 0x1ff\n.raw 0xbf 3 2 ${offset} 0\nr0 = r3`),
    one(`mov32 with offset ${offset}`, `r2 = 0x1ff\n.raw 0xbc 3 2 ${offset} 0\nr0 = r3`),
    one(`mov of a pointer with offset ${offset}`, `.raw 0xbf 3 10 ${offset} 0\n*(u8 *)(r3 - 1) = 0`),
    one(`mov32 of a pointer with offset ${offset}`, `.raw 0xbc 3 10 ${offset} 0\nr0 = r3`),
    one(`mov of a number with offset ${offset}`, `.raw 0xb7 3 0 ${offset} 5`),
  ]),
  one('8 bits, negative as an index', 'r2 = 0xf8\nr2 = (s8)r2\nr3 = r10\nr3 += r2\n*(u64 *)(r3 + 0) = 0'),
  one('8 bits, positive as an index', 'r2 = 0x78\nr2 = (s8)r2\nr3 = r10\nr3 += r2\n*(u64 *)(r3 + 0) = 0'),
  one('8 bits of an unknown number', 'call get_prandom_u32\nr2 = (s8)r0\nif r2 s< 128 goto out\nr0 = *(u8 *)(r2 + 0)'),
  one('8 bits of an unknown number by 32', 'call get_prandom_u32\nw2 = (s8)w0\nif w2 s< 128 goto out\nr0 = *(u8 *)(r2 + 0)'),
  one('address space cast', '.raw 0xbf 3 2 1 1'),
  one('address space cast of a pointer', 'r2 = r10\n.raw 0xbf 3 2 1 1'),
  one('address space cast to the kernel', 'r2 = 0\n.raw 0xbf 3 2 1 65536'),
  one('per-CPU move', 'r2 = 0\n.raw 0xbf 3 2 -1 0'),
  one('load of a byte, negative', '*(u8 *)(r10 - 8) = 0xff\nr2 = *(s8 *)(r10 - 8)\nif r2 == -1 goto out\nr0 = *(u8 *)(r2 + 0)'),
  one('load of a spilled number', '*(u64 *)(r10 - 8) = 0xff\nr2 = *(s8 *)(r10 - 8)\nif r2 == -1 goto out\nr0 = *(u8 *)(r2 + 0)'),
  one('load of a spilled pointer', '*(u64 *)(r10 - 8) = r10\nr2 = *(s32 *)(r10 - 8)'),
  one('load of the context', 'r2 = *(s32 *)(r1 + 0)'),
  one('load of a context pointer', 'r2 = *(s32 *)(r1 + 76)'),
  one('load of a map value', `${VALUE}r2 = *(s16 *)(r4 + 0)\nif r2 s< 32768 goto out\nr0 = *(u8 *)(r2 + 0)`),
  ...[16, 32, 64].flatMap((bits) => [
    one(`swap ${bits} of a constant`, `r2 = 0x1\nr2 = bswap${bits} r2\nr3 = ${bits === 16 ? '0x100' : bits === 32 ? '0x1000000' : '0x100000000000000 ll'}\nif r2 == r3 goto out\nr0 = *(u8 *)(r2 + 0)`),
    one(`swap ${bits} to big of a constant`, `r2 = 0x1\nr2 = be${bits} r2\nr3 = ${bits === 16 ? '0x100' : bits === 32 ? '0x1000000' : '0x100000000000000 ll'}\nif r2 == r3 goto out\nr0 = *(u8 *)(r2 + 0)`),
    one(`keep ${bits} little of a constant`, `r2 = 0x1\nr2 = le${bits} r2\nif r2 == 1 goto out\nr0 = *(u8 *)(r2 + 0)`),
    one(`swap ${bits} of an unknown number`, `call get_prandom_u32\nr0 = bswap${bits} r0\nr3 = ${bits === 16 ? '0xffff' : '0xffffffff ll'}\nif r0 <= r3 goto out\nr0 = *(u8 *)(r0 + 0)`),
    one(`swap ${bits} of a pointer`, `r2 = r10\nr2 = bswap${bits} r2`),
  ]),
  one('keep 16 little of a large constant', `r2 = 0x12345\nr2 = le16 r2\nif r2 == 0x2345 goto out\nr0 = *(u8 *)(r2 + 0)`),
]); // biome-ignore format: one program a line

const DIVISIONS = ['/=', '%=', 's/=', 's%='];
const division = grid('divide', {}, DIVISIONS.flatMap((operator) => [
  one(`${operator} by 0`, `r2 = 5\nr2 ${operator} 0`),
  one(`${operator} by 0, 32 bits`, `w2 = 5\nw2 ${operator} 0`),
  one(`${operator} by a register that is 0`, `r2 = 5\nr3 = 0\nr2 ${operator} r3\nif r2 == 0 goto out\nif r2 == 5 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one(`${operator} by a register that is -1`, `r2 = 5\nr3 = -1\nr2 ${operator} r3`),
  one(`${operator} of constants`, `r2 = 17\nr2 ${operator} 5\nif r2 == 3 goto out\nif r2 == 2 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one(`${operator} bounds the result`, `call get_prandom_u32\nr0 ${operator} 8\nr3 = r10\nr3 += -8\nr3 += r0\n*(u8 *)(r3 + 0) = 1`),
  one(`${operator} of a pointer`, `r2 = r10\nr2 ${operator} 8`),
  one(`${operator} by a pointer`, `r2 = 5\nr2 ${operator} r10`),
  one(`${operator} by what is not set`, `r2 = 5\nr2 ${operator} r7`),
])); // biome-ignore format: one program a line

const POINTERS = grid('jump32', {}, ['==', '!=', '>', 's<', '&'].flatMap((operator) => [
  one(`pointer ${operator} 0`, `if w10 ${operator} 0 goto out\nr0 = 1`),
  one(`context ${operator} 5`, `if w1 ${operator} 5 goto out\nr0 = 1`),
  one(`two pointers ${operator}`, `r2 = r10\nif w2 ${operator} w10 goto out\nr0 = 1`),
  one(`pointer and number ${operator}`, `r2 = 5\nif w10 ${operator} w2 goto out\nr0 = 1`),
  one(`by 64 bits: pointer ${operator} 0`, `if r10 ${operator} 0 goto out\nr0 = *(u8 *)(r10 - 600)`),
  one(`by 64 bits: context ${operator} 5`, `if r1 ${operator} 5 goto out\nr0 = 1`),
  one(`by 64 bits: two pointers ${operator}`, `r2 = r10\nif r2 ${operator} r10 goto out\nr0 = 1`),
])); // biome-ignore format: one program a line

const COPIES = (registers: readonly number[]): string => registers.map((register) => `r${register} = r0`).join('\n');
const INDEX = (register: number): string => `r9 = r10\nr9 += -8\nr9 += r${register}\n*(u8 *)(r9 + 0) = 1`;
const linked = grid('linked', {}, [
  one('one copy', `call get_prandom_u32\nr8 = r0\nif r0 > 7 goto out\n${INDEX(8)}`),
  one('one copy, another narrowed', `call get_prandom_u32\nr8 = r0\nr7 = r0\nif r7 > 7 goto out\n${INDEX(8)}`),
  one('one copy, one too far', `call get_prandom_u32\nr8 = r0\nif r0 > 8 goto out\n${INDEX(8)}`),
  one('many copies that nothing reads', `call get_prandom_u32\n${COPIES([1, 2, 3, 4, 5, 6, 8])}\nif r0 > 7 goto out\n${INDEX(8)}`),
  one('many copies that are read', `call get_prandom_u32\n${COPIES([1, 2, 3, 4, 5, 6, 8])}\nif r0 > 7 goto out\n${INDEX(8)}\n${[1, 2, 3, 4, 5, 6].map((register) => `r7 = r${register}`).join('\n')}`),
  one('six copies that are read', `call get_prandom_u32\n${COPIES([1, 2, 3, 4, 8])}\nif r0 > 7 goto out\n${INDEX(8)}\n${[1, 2, 3, 4].map((register) => `r7 = r${register}`).join('\n')}`),
  one('copies on the stack', `call get_prandom_u32\n${[1, 2, 3, 4, 5, 6].map((slot) => `*(u64 *)(r10 - ${8 * slot}) = r0`).join('\n')}\nr8 = r0\nif r0 > 7 goto out\n${INDEX(8)}`),
  one('copies on the stack, the last is used', `call get_prandom_u32\n${[1, 2, 3, 4, 5, 6].map((slot) => `*(u64 *)(r10 - ${8 * slot}) = r0`).join('\n')}\nif r0 > 7 goto out\nr8 = *(u64 *)(r10 - 48)\n${INDEX(8)}`),
  one('copies on the stack, the first is used', `call get_prandom_u32\n${[1, 2, 3, 4, 5, 6].map((slot) => `*(u64 *)(r10 - ${8 * slot}) = r0`).join('\n')}\nif r0 > 7 goto out\nr8 = *(u64 *)(r10 - 8)\n${INDEX(8)}`),
  one('a copy moved', `call get_prandom_u32\nr8 = r0\nr8 += 4\nif r0 > 3 goto out\n${INDEX(8)}`),
  one('a copy moved too far', `call get_prandom_u32\nr8 = r0\nr8 += 5\nif r0 > 3 goto out\n${INDEX(8)}`),
  one('a copy moved twice', `call get_prandom_u32\nr8 = r0\nr8 += 2\nr8 += 2\nif r0 > 3 goto out\n${INDEX(8)}`),
  one('a copy by 32 bits', `call get_prandom_u32\nw8 = w0\nif r0 > 7 goto out\n${INDEX(8)}`),
  one('a copy, both compared', `call get_prandom_u32\nr8 = r0\nif r8 > r0 goto out\nif r0 > 7 goto out\n${INDEX(8)}`),
  one('a copy in a function', `call get_prandom_u32\nr8 = r0\nr1 = r0\ncall f\nif r0 == 0 goto out\n${INDEX(8)}\n${END}f:\nr0 = 0\nif r1 > 7 goto +1\nr0 = 1\nexit`),
]); // biome-ignore format: one program a line

export const instructions: readonly Case[] = [
  ...linked,
  ...reserved,
  ...packetLoads,
  ...atomics,
  ...extensions,
  ...division,
  ...POINTERS,
];
