/** Paths that meet again: what may end there because an earlier one covers it, and what must not. */
import { type Case, grid } from '../case.js';
import { END, type Small } from '../parts.js';

const MAIN = 'int main(struct __sk_buff *ctx)';
const CALLED_BACK = { main: MAIN, cb: 'static int cb(u64 a, void *b)' };
/** Far enough for checkpoints on both sides. */
const GAP = `goto +0\n${'r0 = 0\n'.repeat(12)}goto +0\ngoto +0\n${'r0 = 0\n'.repeat(12)}goto +0\n`;

const liveness: readonly Small[] = [
  {
    name: 'write lost, first path',
    code: `
  call get_prandom_u32
  r6 = r0
  r9 = map[one][0] + 0 ll
  r7 = r10
  r7 += -8
  *(u64 *)(r10 - 8) = 0
  *(u64 *)(r10 - 24) = 0
  *(u64 *)(r10 - 16) = 0
  if r6 == 1 goto bad
  if r6 == 2 goto other
  goto m
other:
  r0 = *(u64 *)(r10 - 24)
  r7 = r10
  r7 += -16
  goto st
bad:
  call get_prandom_u32
  *(u64 *)(r10 - 16) = r0
m:
  ${GAP}
st:
  *(u64 *)(r7 + 0) = 0
  r1 = *(u64 *)(r10 - 16)
  r9 += r1
  r0 = *(u8 *)(r9 + 0)
  r0 = 0
  exit`,
  },
  {
    name: 'callback zero iterations',
    functions: CALLED_BACK,
    code: `
  call get_prandom_u32
  r6 = r0
  r9 = map[one][0] + 0 ll
  *(u64 *)(r10 - 16) = 0
  *(u64 *)(r10 - 24) = 0
  call get_prandom_u32
  r8 = r0
  r8 &= 1
  if r6 == 1 goto bad
  goto m
bad:
  call get_prandom_u32
  *(u64 *)(r10 - 16) = r0
m:
  ${GAP}
  r1 = r8
  r2 = func[cb] ll
  r3 = r10
  r3 += -16
  r4 = 0
  call loop
  r1 = *(u64 *)(r10 - 16)
  r9 += r1
  r0 = *(u8 *)(r9 + 0)
  r0 = 0
  exit
cb:
  r1 = *(u64 *)(r2 - 8)
  *(u64 *)(r2 + 0) = 1
  r0 = 0
  exit`,
  },
];

/** r6 in one class with r7 on one path, in another on the other. */
const base = (name: string, copy: (register: string) => string, add: string): Small => ({
  name,
  code: `
  call get_prandom_u32
  ${copy('6')}
  call get_prandom_u32
  ${copy('8')}
  call get_prandom_u32
  r9 = map[one][0] + 0 ll
  if r0 == 5 goto two
  r7 = r6
  ${add}
  r0 = 0
  r8 = 0
  goto m
two:
  r1 = r6
  r7 = r8
  ${add}
  r8 = 0
  r0 = 0
m:
  ${GAP}
  if r6 > 7 goto end
  r9 += r7
  r0 = *(u8 *)(r9 - 8)
end: ${END}`,
});
const bases: readonly Small[] = [
  base('of the other', (register) => `r${register} = r0`, 'r7 += 8'),
  base('of the other, 32 bits', (register) => `w${register} = w0`, 'w7 += 8'),
  {
    name: 'two that are linked',
    code: `
  call get_prandom_u32
  r6 = r0
  call get_prandom_u32
  r8 = r0
  call get_prandom_u32
  r9 = map[one][0] + 0 ll
  if r0 == 5 goto two
  r7 = r6
  r3 = r6
  r7 += 8
  r3 += 16
  r0 = 0
  r8 = 0
  r6 = 0
  goto m
two:
  r7 = r6
  r7 += 8
  r3 = r8
  r3 += 16
  r8 = 0
  r0 = 0
  r6 = 0
m:
  ${GAP}
  if r3 > 31 goto end
  if r3 < 16 goto end
  r9 += r7
  r0 = *(u8 *)(r9 - 8)
end: ${END}`,
  },
];

/** Two ways to values in r6 and r7, and what follows where they meet. */
const meet = (name: string, one: string, two: string, tail: string): Small => ({
  name,
  code: `
  call get_prandom_u32
  r6 = r0
  call get_prandom_u32
  r7 = r0
  call get_prandom_u32
  r9 = map[one][0] + 0 ll
  if r0 == 5 goto two
  ${one}
  r0 = 0
  goto m
two:
  ${two}
  r0 = 0
m:
  ${GAP}
  ${tail}
end: ${END}`,
});
const BOUNDED = 'if r6 > 31 goto end\nif r7 > 31 goto end\nr9 += r6\nr9 += r7\nr0 = *(u8 *)(r9 + 0)';
const identities = [
  meet('old independent without ids, cur linked', 'w6 &= 255\nw7 &= 255', 'w6 &= 255\nr7 = r6', BOUNDED),
  meet('old independent with ids (singular), cur linked', 'r1 = r6\nr2 = r7', 'r7 = r6', BOUNDED),
  meet('old id singular, cur none', 'w6 &= 255\nr1 = r6\nr1 = 0\nr7 = 0', 'w6 &= 255\nr7 = 0\nr1 = 0', BOUNDED),
  meet('old none, cur singular', 'w6 &= 255\nr7 = 0\nr1 = 0', 'w6 &= 255\nr1 = r6\nr1 = 0\nr7 = 0', BOUNDED),
  meet('old linked, cur singular', 'r7 = r6', '', BOUNDED),
  meet('old const singular, cur plain', 'w6 &= 255\nr7 = r6\nr7 += 4\nr6 = 0', 'r6 = 0\nw7 &= 255\nr7 += 4', BOUNDED),
  meet('old plain, cur const singular', 'r6 = 0\nw7 &= 255\nr7 += 4', 'w6 &= 255\nr7 = r6\nr7 += 4\nr6 = 0', BOUNDED),
  meet(
    'old const singular 4, cur const singular 8',
    'w6 &= 255\nr7 = r6\nr7 += 8\nr6 = 0',
    'w6 &= 127\nr7 = r6\nr7 += 9\nr6 = 0',
    BOUNDED,
  ),
  meet('old with dead partner, cur plain', 'w6 &= 255\nr8 = r6\nr7 = 0', 'w6 &= 255\nr8 = 0\nr7 = 0', BOUNDED),
];

/** A callback that writes to the stack of its caller, in which something lies already. */
const called = (name: string, init: string, write: string, use: string): Small => ({
  name,
  functions: CALLED_BACK,
  code: `
 call get_prandom_u32
 r6 = r0
 ${init}
 r3 = r10
 r3 += -8
 r1 = 5
 r2 = func[cb] ll
 r4 = 0
 call loop
 ${use}
 ${END}cb:
 ${write}
 ${END}`,
});
const bytes = (kind: string): string =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((at) => `*(u8 *)(r10 - ${at}) = ${kind}`).join('\n');
const HELD: Readonly<Record<string, string>> = {
  misc: '*(u32 *)(r10 - 4) = 3\n*(u32 *)(r10 - 8) = r6\n*(u8 *)(r10 - 1) = 3',
  zero: bytes('0'),
  invalid: '',
  spill: '*(u64 *)(r10 - 8) = r6',
  spill32: '*(u32 *)(r10 - 8) = r6',
  half: '*(u32 *)(r10 - 4) = 3',
};
const WRITTEN: Readonly<Record<string, string>> = {
  unknown: '*(u64 *)(r2 + 0) = r1',
  const: '*(u64 *)(r2 + 0) = 5',
  zero: '*(u64 *)(r2 + 0) = 0',
  misc: '*(u8 *)(r2 + 3) = 5\n*(u8 *)(r2 + 7) = 5',
  upper: '*(u32 *)(r2 + 4) = 5',
  lower: '*(u32 *)(r2 + 0) = r1',
};
const callbacks = Object.entries(HELD).flatMap(([held, init]) =>
  Object.entries(WRITTEN).flatMap(([written, write]) => [
    called(`${held}, then ${written}`, init, write, ''),
    called(`${held}, then ${written}, read`, init, write, 'r0 = *(u64 *)(r10 - 8)'),
  ]),
);

/** 2^24 paths, if none of them ends where they meet. */
const FORKS = Array.from(
  { length: 24 },
  (_, i) => `call get_prandom_u32\nif r0 > ${i + 1} goto +1\nr7 += ${1 << i}\nr1 = 0\nr2 = 0\n`,
).join('');
const LOOP = 'r1 = 5\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n';
const closed: readonly Small[] = [
  { name: 'forks, then a loop', functions: CALLED_BACK, code: `r7 = 0\n${FORKS}${LOOP}${END}cb:\n${END}` },
  { name: 'a loop, then forks', functions: CALLED_BACK, code: `r7 = 0\n${LOOP}${FORKS}${END}cb:\n${END}` },
  {
    name: 'a loop, then forks in a global function',
    functions: { main: MAIN, g: 'int g(int a)', cb: CALLED_BACK.cb },
    code: `${LOOP}r1 = 1\ncall g\n${END}g:\nr7 = 0\n${FORKS}${END}cb:\n${END}`,
  },
];

export const pruning: readonly Case[] = [
  ...grid('liveness', {}, liveness),
  ...grid('linked to another', {}, bases),
  ...grid('identities', {}, identities),
  ...grid('called back', {}, callbacks),
  ...grid('closed loop', {}, closed),
];
