/** bpf_kptr_xchg: pointers of the kernel in map values. No map here has such a field, so that each call is refused. */
import { grid } from '../case.js';

const END = 'e: r0 = 0\nexit\n';
const MAIN = { main: 'int main(struct __sk_buff *ctx)' };
const found = (map: string): string =>
  `*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map[${map}] ll\ncall map_lookup_elem\nif r0 == 0 goto e\n`;
const VARIABLE = 'r6 = *(u8 *)(r0 + 12)\nr6 &= 7\nr1 = r0\nr1 += r6\n';

// biome-ignore format: one program a line
export const kptr = grid('kptr', {}, [
  { name: 'in the context', code: `r2 = 0\ncall 194\n${END}` },
  { name: 'in a number', code: `r1 = 5\nr2 = 0\ncall 194\n${END}` },
  { name: 'on the stack', code: `r1 = r10\nr1 += -8\nr2 = 0\ncall 194\n${END}` },
  { name: 'in a value without BTF', code: `${found('array')}r1 = r0\nr2 = 0\ncall 194\n${END}` },
  { name: 'in a value without BTF, for the stack', code: `${found('array')}r1 = r0\nr2 = r10\ncall 194\n${END}` },
  { name: 'somewhere in a value without BTF', code: `${found('array')}${VARIABLE}r2 = 0\ncall 194\n${END}` },
  { name: 'in a value without such a field', functions: MAIN, code: `${found('locked')}r1 = r0\nr2 = 0\ncall 194\n${END}` },
  { name: 'somewhere in a value without such a field', functions: MAIN, code: `${found('locked')}${VARIABLE}r2 = 0\ncall 194\n${END}` },
  { name: 'in a timer', functions: MAIN, code: `${found('timed')}r1 = r0\nr1 += 8\nr2 = 0\ncall 194\n${END}` },
]);
