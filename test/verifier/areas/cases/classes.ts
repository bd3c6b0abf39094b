/** Scalars that are known to be equal, or apart by a constant; what leaves such a class, and calls of function 0. */
import { type Case, grid } from '../case.js';
import { END, type Small } from '../parts.js';

const both: readonly Small[] = [
  {
    name: 'both operands narrowed, the larger used',
    code: `
  call get_prandom_u32
  r1 = r0
  r1 &= 127
  r2 = r1
  r2 += 8
  if r1 < r2 goto e
  r3 = map[one][0] + 0 ll
  r3 += r2
  r0 = *(u8 *)(r3 - 8)
e: ${END}`,
  },
  {
    name: 'both operands narrowed, the smaller used',
    code: `
  call get_prandom_u32
  r1 = r0
  r1 &= 31
  r2 = r1
  r2 += 8
  if r1 < r2 goto e
  r3 = map[one][0] + 0 ll
  r3 += r1
  r0 = *(u8 *)(r3 - 4)
e: ${END}`,
  },
  {
    name: 'a byte written somewhere in a spill',
    code: `
  call get_prandom_u32
  r6 = r0
  *(u64 *)(r10 - 8) = r6
  r7 = r6
  r7 &= 3
  r8 = r10
  r8 += r7
  *(u8 *)(r8 - 4) = 1
  r0 = *(u64 *)(r10 - 8)
  ${END}`,
  },
  {
    name: 'a zero written somewhere beside four spilled bytes',
    code: `
  call get_prandom_u32
  r6 = r0
  *(u64 *)(r10 - 8) = 0
  r7 = r6
  r7 &= 3
  r3 = 0
  *(u32 *)(r10 - 8) = r3
  *(u8 *)(r10 - 3) = r6
  *(u32 *)(r10 - 8) = r3
  r8 = r10
  r8 += r7
  *(u8 *)(r8 - 4) = 0
  r0 = *(u32 *)(r10 - 8)
  ${END}`,
  },
];

/** r2 is a copy of r1, moved by a constant; then something is done to it. */
const moved = (name: string, change: string, use: string): Small => ({
  name,
  code: `
  call get_prandom_u32
  r1 = r0
  r2 = r1
  ${change}
  ${use}`,
});
/** Bounds a further copy, and uses what that tells of r2. */
const BY_COPY = `
  r3 = r2
  r3 += 4
  if r3 > 19 goto end
  if r3 < 16 goto end
  r9 = map[one][0] + 0 ll
  r9 += r2
  r0 = *(u8 *)(r9 - 13)
end: ${END}`;
const FAR = 'r2 += 536870912\n';
const MASKED = `r2 &= 7\nr9 = map[one][0] + 0 ll\nr9 += r2\nr0 = *(u8 *)(r9 + 0)\nend: ${END}`;
const COMPARED = `r9 = map[one][0] + 0 ll\nif r2 > 7 goto end\nr9 += r2\nr0 = *(u8 *)(r9 + 0)\nend: ${END}`;
const CHANGES: readonly (readonly [string, string])[] = [
  ['mul', 'r2 *= 2'],
  ['mul imm32', 'w2 *= 2'],
  ['and', 'r2 &= 255'],
  ['narrow mov same', 'w2 = w2'],
  ['narrow mov other', 'w4 = w2\nr2 = r4'],
  ['sext mov', 'r2 = (s8)r2'],
  ['sext other', 'r4 = (s8)r2\nr2 = r4'],
  ['sext32 mov', 'w2 = (s8)w2'],
  ['spill 4', '*(u32 *)(r10 - 8) = r2\nr2 = *(u32 *)(r10 - 8)'],
  ['spill 8 fill 4', '*(u64 *)(r10 - 8) = r2\nr2 = *(u32 *)(r10 - 8)'],
  ['spill 8 fill s4', '*(u64 *)(r10 - 8) = r2\nr2 = *(s32 *)(r10 - 8)'],
  ['spill 4 fill s4', '*(u32 *)(r10 - 8) = r2\nr2 = *(s32 *)(r10 - 8)'],
  ['spill 8 fill 8', '*(u64 *)(r10 - 8) = r2\nr2 = *(u64 *)(r10 - 8)'],
  ['neg', 'r2 = -r2'],
  ['add', 'r2 += 3'],
  ['add reg', 'r2 += r1'],
  ['add big', 'r4 = 0x100000000 ll\nr2 += r4'],
  ['add self', 'r2 += r2'],
  ['sub', 'r2 -= r1'],
  ['w add', 'w2 += 5'],
];
const left = CHANGES.flatMap(([name, change]) => [
  moved(`${name}, bounded by a copy`, `r2 += 8\n${change}`, BY_COPY),
  moved(`${name}, far, masked`, FAR + change, MASKED),
  moved(`${name}, far, compared`, FAR + change, COMPARED),
]);

/** Eight holders of one number. */
const many = (name: string, use: string): Small => ({
  name,
  code: `
  call get_prandom_u32
  r1 = r0
  r2 = r1
  r3 = r1
  r4 = r1
  r5 = r1
  r6 = r1
  r7 = r1
  r8 = r1
  if r1 > 7 goto end
  ${use}
  r9 = map[one][0] + 0 ll
  r9 += r8
  r0 = *(u8 *)(r9 + 0)
end: ${END}`,
});
const holders: readonly Small[] = [
  many('all dead but r8', ''),
  many('all live', 'r2 += r3\nr4 += r5\nr6 += r7\n'),
  many('some live', 'r2 += r3\n'),
  many('some live2', 'r2 += r3\nr4 += r5\n'),
  many('some live3', 'r2 += r3\nr4 += r5\nr6 += 1\n'),
  {
    name: 'spills dead',
    code: `
  call get_prandom_u32
  r1 = r0
  r8 = r1
  *(u64 *)(r10 - 8) = r1
  *(u64 *)(r10 - 16) = r1
  *(u64 *)(r10 - 24) = r1
  *(u64 *)(r10 - 32) = r1
  *(u64 *)(r10 - 40) = r1
  *(u64 *)(r10 - 48) = r1
  if r1 > 7 goto end
  r8 = *(u64 *)(r10 - 48)
  r9 = map[one][0] + 0 ll
  r9 += r8
  r0 = *(u8 *)(r9 + 0)
end: ${END}`,
  },
];

const zero: readonly Small[] = [
  { name: 'kfunc 0 dead GPL', code: `r0 = 0\nif r0 == 0 goto e\n.raw 133 0 2 0 0\ne: ${END}` },
  { name: 'kfunc 0 dead not GPL', license: 'MIT', code: `r0 = 0\nif r0 == 0 goto e\n.raw 133 0 2 0 0\ne: ${END}` },
  { name: 'kfunc 5 dead not GPL', license: 'MIT', code: `r0 = 0\nif r0 == 0 goto e\n.raw 133 0 2 0 5\ne: ${END}` },
  { name: 'kfunc off dead not GPL', license: 'MIT', code: `r0 = 0\nif r0 == 0 goto e\n.raw 133 0 2 1 5\ne: ${END}` },
  { name: 'kfunc 0 reached', code: `.raw 133 0 2 0 0\n${END}` },
  { name: 'kfunc 0 dst', code: `r0 = 0\nif r0 == 0 goto e\n.raw 133 1 2 0 0\ne: ${END}` },
  { name: 'kfunc 0 dst reached', code: `.raw 133 1 2 0 0\n${END}` },
  { name: 'kfunc 0 jmp32', code: `.raw 134 0 2 0 0\n${END}` },
  { name: 'kfunc 0 reached and other error', code: `.raw 133 0 2 0 0\nr0 = *(u8 *)(r6 + 0)\n${END}` },
  { name: 'kfunc 0 with r1 used after', code: `.raw 133 0 2 0 0\nr0 = *(u8 *)(r1 + 0)\n${END}` },
  { name: 'kfunc 0 last in subprog', code: `r0 = 0\nif r0 == 0 goto e\nexit\ne: exit\n` },
  {
    name: 'kfunc lock',
    code: `
r6 = 0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map[locked] ll
call map_lookup_elem
if r0 == 0 goto e
r1 = r0
r6 = r0
call spin_lock
.raw 133 0 2 0 0
r1 = r6
call spin_unlock
e: ${END}`,
  },
];

export const classes: readonly Case[] = [
  ...grid('linked', {}, both),
  ...grid('left', {}, left),
  ...grid('holders', {}, holders),
  ...grid('function 0', {}, zero),
];
