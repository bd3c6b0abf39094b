/** Loops: bounded ones, endless ones, may_goto, and the limits of complexity. */
import { type Case, grid } from '../case.js';
import { END } from '../parts.js';

const MAY_GOTO = (offset: number): string => `.raw 0xe5 0 0 ${offset} 0`;
const MAIN = 'int main(struct __sk_buff *ctx)';

/** `count` times the same lines. */
function times(count: number, lines: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => lines(index)).join('\n');
}

const bounded = grid('bounded', {}, [
  { name: 'counts up to 10', code: `r1 = 0\nr1 += 1\nif r1 < 10 goto -2\n${END}` },
  { name: 'counts down', code: `r1 = 10\nr1 += -1\nif r1 != 0 goto -2\n${END}` },
  { name: 'counts by 32 bits', code: `w1 = 0\nw1 += 1\nif w1 < 10 goto -2\n${END}` },
  { name: 'counts signed', code: `r1 = -10\nr1 += 1\nif r1 s< 0 goto -2\n${END}` },
  { name: 'counts signed by 32 bits', code: `w1 = -10\nw1 += 1\nif w1 s< 0 goto -2\n${END}` },
  { name: 'doubles', code: `r1 = 1\nr1 <<= 1\nif r1 < 1000 goto -2\n${END}` },
  { name: 'does not change', code: `r1 = 1\nif r1 < 10 goto -1\n${END}` },
  { name: 'of an unknown number', code: `call get_prandom_u32\nr0 += 1\nif r0 < 10 goto -2\n${END}` },
  { name: 'of an unknown number, equal', code: `call get_prandom_u32\nif r0 == 5 goto -1\n${END}` },
  { name: 'until a random number', code: `call get_prandom_u32\nif r0 != 0 goto -2\n${END}` },
  { name: 'until a random number, at most 100', code: `r6 = 0\ncall get_prandom_u32\nr6 += 1\nif r6 > 100 goto +1\nif r0 != 0 goto -4\n${END}` },
  { name: 'up to an unknown bound', code: `r6 = *(u32 *)(r1 + 0)\nr6 &= 15\nr1 = 0\nr1 += 1\nif r1 < r6 goto -2\n${END}` },
  { silent: true, name: 'up to an unknown large bound', code: `r6 = *(u32 *)(r1 + 0)\nr1 = 0\nr1 += 1\nif r1 < r6 goto -2\n${END}` },
  { name: 'nested 20 by 20', code: `r1 = 0\nr2 = 0\nr2 += 1\nif r2 < 20 goto -2\nr1 += 1\nif r1 < 20 goto -5\n${END}` },
  { name: 'writes an array on the stack', code: `r1 = 0\nr2 = r10\nr2 += -16\nr2 += r1\n*(u8 *)(r2 + 0) = 1\nr1 += 1\nif r1 < 16 goto -6\n${END}` },
  { name: 'writes an array on the stack, one too far', code: `r1 = 0\nr2 = r10\nr2 += -16\nr2 += r1\n*(u8 *)(r2 + 0) = 1\nr1 += 1\nif r1 < 17 goto -6\n${END}` },
  { name: 'through a packet', code: `r2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr4 = 0\nr5 = r2\nr5 += 1\nif r5 > r3 goto +4\nr0 = *(u8 *)(r2 + 0)\nr2 = r5\nr4 += 1\nif r4 < 100 goto -7\n${END}` },
  { silent: true, name: 'through a packet, without a count', code: `r2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr5 = r2\nr5 += 1\nif r5 > r3 goto +3\nr0 = *(u8 *)(r2 + 0)\nr2 = r5\ngoto -6\n${END}` },
  { name: 'calls a function each time', code: `r6 = 0\ncall f\nr6 += 1\nif r6 < 20 goto -3\n${END}f:\nr0 = 1\nexit` },
  { name: 'the count lies on the stack', code: `*(u64 *)(r10 - 8) = 0\nr1 = *(u64 *)(r10 - 8)\nr1 += 1\n*(u64 *)(r10 - 8) = r1\nif r1 < 10 goto -4\n${END}` },
  { name: 'the count lies on the stack, 32 bits', code: `*(u32 *)(r10 - 8) = 0\nr1 = *(u32 *)(r10 - 8)\nr1 += 1\n*(u32 *)(r10 - 8) = r1\nif r1 < 10 goto -4\n${END}` },
  { name: 'the count lies in a map', code: `r6 = map[one][0] + 0 ll\nr1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = r1\nif r1 < 10 goto -4\n${END}` },
  { name: 'over a look-up', code: `r6 = 0\n*(u32 *)(r10 - 4) = r6\nr2 = r10\nr2 += -4\nr1 = map[small] ll\ncall map_lookup_elem\nif r0 == 0 goto +1\n*(u8 *)(r0 + 0) = 1\nr6 += 1\nif r6 < 30 goto -10\n${END}` },
  { name: 'of a jump to itself', code: `goto -1\n${END}` },
  { name: 'of two jumps', code: `r0 = 0\ngoto +0\ngoto -2` },
  { name: 'conditional on itself', code: `if r1 == 0 goto -1\n${END}` },
  { silent: true, name: 'of 50,000 steps', code: `r1 = 0\nr1 += 1\nif r1 < 50000 goto -2\n${END}` },
  { name: 'with two exits', code: `r6 = r1\nr7 = 0\nr7 += 1\nr1 = *(u32 *)(r6 + 0)\nif r1 == 5 goto +1\nif r7 < 20 goto -4\nr0 = r7\nexit` },
  { name: 'goto into its middle', code: `r1 = 0\nr2 = *(u32 *)(r1 + 0)\n${END}` },
  { name: 'with continue', code: `r6 = 0\nr6 += 1\nif r6 > 50 goto +3\ncall get_prandom_u32\nif r0 > 5 goto -4\ngoto -5\n${END}` },
  { name: 'in a subprogram', code: `r1 = 20\ncall f\nexit\nf:\nr0 = 0\nr0 += 1\nif r0 < r1 goto -2\nexit` },
  { name: 'xor keeps two values', code: `r1 = 0\nr1 ^= 1\nif r1 < 10 goto -2\n${END}` },
  { name: 'a scalar that grows, precise', code: `r6 = 0\nr7 = 0\ncall get_prandom_u32\nr0 &= 3\nr6 += r0\nr7 += 1\nif r7 < 5 goto -5\nr2 = r10\nr2 += -16\nr2 += r6\n*(u8 *)(r2 + 0) = 1\n${END}` },
  { name: 'a scalar that grows, one too far', code: `r6 = 0\nr7 = 0\ncall get_prandom_u32\nr0 &= 3\nr6 += r0\nr7 += 1\nif r7 < 6 goto -5\nr2 = r10\nr2 += -16\nr2 += r6\n*(u8 *)(r2 + 0) = 1\n${END}` },
  { name: 'gotol back', code: `r1 = 0\nr1 += 1\nif r1 > 10 goto +1\ngotol -3\n${END}` },
]); // biome-ignore format: one program a line

const may = grid('may_goto', {}, [
  { name: 'ends a loop', code: `r1 = 0\n${MAY_GOTO(2)}\nr1 += 1\ngoto -3\n${END}` },
  { name: 'forward only', code: `${MAY_GOTO(0)}\n${END}` },
  { name: 'over one', code: `${MAY_GOTO(1)}\nr1 = 0\n${END}` },
  { name: 'back', code: `r0 = 0\n${MAY_GOTO(-2)}\nexit` },
  { name: 'to itself', code: `r0 = 0\n${MAY_GOTO(-1)}\nexit` },
  { name: 'out of range', code: `r0 = 0\n${MAY_GOTO(5)}\nexit` },
  { name: 'with a register', code: `.raw 0xe5 1 0 0 0\n${END}` },
  { name: 'with a source', code: `.raw 0xe5 0 1 0 0\n${END}` },
  { name: 'with an immediate', code: `.raw 0xe5 0 0 0 1\n${END}` },
  { name: 'in JMP32', code: `.raw 0xe6 0 0 0 0\n${END}` },
  { name: 'with a register operand', code: `.raw 0xed 0 0 0 0\n${END}` },
  { name: 'endless beside it', code: `${MAY_GOTO(0)}\ngoto -1\n${END}` },
  { name: 'the count is widened', code: `r1 = 0\n${MAY_GOTO(2)}\nr1 += 1\ngoto -3\nr2 = r10\nr2 += -16\nr2 += r1\n*(u8 *)(r2 + 0) = 1\n${END}` },
  { name: 'the count is bounded in it', code: `r1 = 0\n${MAY_GOTO(5)}\nif r1 > 15 goto +4\nr2 = r10\nr2 += -16\nr2 += r1\nr1 += 1\ngoto -7\n${END}` },
  { name: 'the array is written in it', code: `r1 = 0\n${MAY_GOTO(6)}\nif r1 > 15 goto +5\nr2 = r10\nr2 += -16\nr2 += r1\n*(u8 *)(r2 + 0) = 1\nr1 += 1\ngoto -8\n${END}`.replace('goto -8', 'goto -8') },
  { name: 'the array is written in it, one too far', code: `r1 = 0\n${MAY_GOTO(7)}\nif r1 > 16 goto +6\nr2 = r10\nr2 += -16\nr2 += r1\n*(u8 *)(r2 + 0) = 1\nr1 += 1\ngoto -8\n${END}` },
  { name: 'nested', code: `r1 = 0\n${MAY_GOTO(4)}\nr1 += 1\n${MAY_GOTO(1)}\ngoto -2\ngoto -5\n${END}` },
  { name: 'in a subprogram', code: `call f\n${END}f:\nr0 = 0\n${MAY_GOTO(2)}\nr0 += 1\ngoto -3\nexit` },
  { name: 'takes 8 bytes of stack', code: `*(u8 *)(r10 - 512) = 0\n${MAY_GOTO(1)}\ngoto -2\n${END}` },
  { name: 'takes 8 bytes of stack, just so', code: `*(u8 *)(r10 - 496) = 0\n${MAY_GOTO(1)}\ngoto -2\n${END}` },
  { name: 'in a callback', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${MAY_GOTO(1)}\ngoto -2\n${END}`, functions: { main: MAIN, cb: 'static int cb(u64 a, void *b)' } },
  { name: 'with a reference taken each time', code: `${MAY_GOTO(5)}\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n${END}` },
  { name: 'in a socket filter', type: 1, code: `r1 = 0\n${MAY_GOTO(2)}\nr1 += 1\ngoto -3\n${END}` },
  { name: 'with an unknown number of steps', code: `call get_prandom_u32\nr6 = r0\n${MAY_GOTO(2)}\nr6 += 1\nif r6 != 0 goto -3\n${END}` },
]); // biome-ignore format: one program a line

const limits = grid('limit', {}, [
  { name: 'branches 8 deep', code: `call get_prandom_u32\nr6 = r0\n${times(8, (i) => `if r6 == ${i} goto +1\nr7 = ${i}`)}\n${END}` },
  { name: 'jump sequence of 8,200 that differ', code: `call get_prandom_u32\nr6 = r0\n${times(8200, (i) => `if r6 == ${i} goto out`)}\nout:\n${END}` },
  { name: 'jump sequence of 8,192', code: `call get_prandom_u32\nr6 = r0\n${times(8192, (i) => `if r6 == ${i} goto out`)}\nout:\n${END}` },
  { silent: true, name: 'a straight line of 20,000', code: `r0 = 0\n${times(20_000, () => 'r0 += 1')}\nexit` },
  { name: 'all paths of 20 coins', code: `r7 = 0\n${times(20, (i) => `call get_prandom_u32\nif r0 == 0 goto +1\nr7 |= ${1 << i}`)}\nr0 = r7\nexit` },
  { name: 'eight coins on the stack', code: `${times(8, (i) => `call get_prandom_u32\n*(u8 *)(r10 - ${8 - i}) = 0\nif r0 == 0 goto +1\n*(u8 *)(r10 - ${8 - i}) = 1`)}\nr0 = *(u64 *)(r10 - 8)\nexit` },
  { name: 'loop of 250 by 250 unknown steps', code: `r6 = 0\nr7 = 0\ncall get_prandom_u32\nif r0 == 0 goto +1\nr7 += 1\nif r7 < 250 goto -4\nr6 += 1\nif r6 < 250 goto -7\n${END}` },
  { name: '64 maps named 65 times', code: `${times(65, () => 'r1 = map[array] ll')}\n${END}` },
]); // biome-ignore format: one program a line

export const loops: readonly Case[] = [...bounded, ...may, ...limits];
