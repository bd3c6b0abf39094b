/** Programs that mean harm: each tries to reach memory, or keep something, that a verifier can lose sight of. */
import type { Case } from '../case.js';

const END = '\nr0 = 0\nexit\n';
const RND = 'call get_prandom_u32\n';
const LK = (map: string): string =>
  `*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[${map}] ll\ncall map_lookup_elem\n`;
const PKT = `r6 = r1
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r4 = r2
r4 += 14
if r4 > r3 goto out
`;
/** bpf_loop over a callback that gets the slot at −16. */
const LOOP = (before: string, callback: string, after: string): string =>
  `${before}r1 = 4\nr2 = func[cb] ll\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_loop\n${after}cb:\n${callback}`;

function attack(name: string, type: number, code: string): Case {
  return { name: `hostile: ${name}`, type, code };
}

// biome-ignore format: one program a line
export const hostile: readonly Case[] = [
  attack('packet used after adjust_head', 6, `${PKT}r7 = r2\nr1 = r6\nr2 = 0\ncall xdp_adjust_head\nr0 = *(u8 *)(r7 + 0)\nout:\nr0 = 0\nexit`),
  attack('packet spilled, used after adjust_head', 6, `${PKT}*(u64 *)(r10 - 8) = r2\nr1 = r6\nr2 = 0\ncall xdp_adjust_head\nr7 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r7 + 0)\nout:\nr0 = 0\nexit`),
  attack('spilled pointer partially overwritten', 1, `*(u64 *)(r10 - 8) = r10\n*(u8 *)(r10 - 8) = 1\nr1 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 - 1) = 0${END}`),
  attack('spilled map value high half overwritten', 1, `${LK('array')}if r0 == 0 goto out\n*(u64 *)(r10 - 16) = r0\n*(u32 *)(r10 - 12) = 0\nr1 = *(u64 *)(r10 - 16)\n*(u8 *)(r1 + 0) = 0\nout:${END}`),
  attack('variable-offset write over a spilled pointer', 1, `${LK('array')}if r0 == 0 goto out\n*(u64 *)(r10 - 16) = r0\n*(u64 *)(r10 - 8) = 0\n${RND}r0 &= 8\nr0 += -16\nr1 = r10\nr1 += r0\n*(u8 *)(r1 + 0) = 5\nr1 = *(u64 *)(r10 - 16)\n*(u8 *)(r1 + 0) = 0\nout:${END}`),
  attack('id after null check on another lookup', 1, `${LK('array')}r6 = r0\n${LK('array')}if r0 == 0 goto out\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('ring record used after submit', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr6 = r0\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('ring record spilled used after submit', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\n*(u64 *)(r10 - 8) = r0\nr1 = r0\nr2 = 0\ncall ringbuf_submit\nr6 = *(u64 *)(r10 - 8)\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('ring record submitted at an offset', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr1 = r0\nr1 += 8\nr2 = 0\ncall ringbuf_submit\nout:${END}`),
  attack('ring record out of bounds', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\n*(u8 *)(r0 + 16) = 0\nr1 = r0\nr2 = 0\ncall ringbuf_submit\nout:${END}`),
  attack('w wrap: w -1 then shifted', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\n${RND}r1 = r0\nw1 &= 7\nw1 -= 8\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('32-bit bound, 64-bit use', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nif w1 > 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('signed bound only', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nif r1 s> 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('linked scalar after a shift', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nr2 = r1\nr2 <<= 62\nif r2 > 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('linked scalar after r2 += 1 then refined', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nr2 = r1\nr2 += 1\nif r2 > 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('linked w copy', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nw2 = w1\nif r2 > 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('s8 move bound used as whole', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\nr1 = *(u64 *)(r6 + 0)\nr2 = (s8)r1\nif r2 > 3 goto out\nr6 += r1\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('atomic over a spilled pointer', 1, `*(u64 *)(r10 - 8) = r10\nr1 = 1\nlock *(u64 *)(r10 - 8) += r1\nr2 = *(u64 *)(r10 - 8)\n*(u8 *)(r2 - 1) = 0${END}`),
  attack('32-bit atomic over a spilled pointer', 1, `*(u64 *)(r10 - 8) = r10\nr1 = 1\nlock *(u32 *)(r10 - 8) += r1\nr2 = *(u64 *)(r10 - 8)\n*(u8 *)(r2 - 1) = 0${END}`),
  attack('atomic leaks over constant', 1, `${LK('array')}if r0 == 0 goto out\nr6 = r0\n*(u64 *)(r10 - 16) = 0\nr1 = *(u64 *)(r6 + 0)\nlock *(u64 *)(r10 - 16) += r1\nr2 = *(u64 *)(r10 - 16)\nr6 += r2\n*(u8 *)(r6 + 0) = 0\nout:${END}`),
  attack('helper writes over a spilled pointer', 3, `r6 = r1\n*(u64 *)(r10 - 8) = r10\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\ncall skb_load_bytes\nr1 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 - 1) = 0${END}`),
  attack('helper writes over a constant slot', 3, `r6 = r1\n*(u64 *)(r10 - 16) = 0\nr2 = 0\nr3 = r10\nr3 += -16\nr4 = 8\ncall skb_load_bytes\nr7 = *(u64 *)(r10 - 16)\n${LK('array')}if r0 == 0 goto out\nr0 += r7\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('pruning: imprecise branch value', 1, `${RND}r6 = 0\nif r0 == 0 goto j\nr6 = 4096\nj:\n${LK('array')}if r0 == 0 goto out\nr0 += r6\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('pruning: spilled value through the stack', 1, `${RND}*(u64 *)(r10 - 16) = 0\nif r0 == 0 goto j\n*(u64 *)(r10 - 16) = 4096\nj:\n${LK('array')}if r0 == 0 goto out\nr6 = *(u64 *)(r10 - 16)\nr0 += r6\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('pruning: pointer or scalar at a join', 1, `${RND}r6 = r10\nif r0 == 0 goto j\nr6 = 0\nj:\n*(u8 *)(r6 - 1) = 0${END}`),
  attack('pruning: fp in one path misc in another', 1, `${RND}*(u64 *)(r10 - 8) = r10\nif r0 == 0 goto j\n*(u64 *)(r10 - 8) = r0\nj:\nr1 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 - 1) = 0${END}`),
  attack('packet range on the wrong branch', 6, `r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 14\nif r3 > r4 goto out\nr0 = *(u8 *)(r2 + 13)\nout:${END}`),
  attack('packet range >= off by one', 6, `r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 14\nif r4 >= r3 goto out\nr0 = *(u8 *)(r2 + 15)\nout:${END}`),
  attack('packet var offset range not shared', 6, `${PKT}r5 = *(u8 *)(r2 + 0)\nr7 = r2\nr7 += r5\nr0 = *(u8 *)(r7 + 0)\nout:${END}`),
  attack('map value + var, off by one at the end', 1, `${LK('array')}if r0 == 0 goto out\nr1 = *(u8 *)(r0 + 0)\nr0 += r1\n*(u64 *)(r0 + 0) = 0\nout:${END}`),
  attack('pointer subtracted then used', 1, `${LK('array')}if r0 == 0 goto out\nr1 = r0\nr1 -= r0\nr0 += r1\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('or-null arithmetic', 1, `${LK('array')}r0 += 8\nif r0 == 0 goto out\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('negative stack variable', 1, `${RND}r0 &= 15\nr1 = r10\nr1 -= r0\n*(u8 *)(r1 + 0) = 0${END}`),
  attack('variable stack read of uninitialised', 1, `${RND}*(u64 *)(r10 - 8) = 0\nr0 &= 15\nr1 = r10\nr1 += -16\nr1 += r0\nr0 = *(u8 *)(r1 + 0)\nexit`),
  attack('packet used after adjust_head in a subprogram', 6, `${PKT}r7 = r2\nr1 = r6\ncall sub\nr0 = *(u8 *)(r7 + 0)\nout:${END}sub:\nr2 = 0\ncall xdp_adjust_head\nr0 = 0\nexit`),
  attack('packet used after subprogram that does not adjust', 6, `${PKT}r7 = r2\nr1 = r6\ncall sub\nr0 = *(u8 *)(r7 + 0)\nout:${END}sub:\nr0 = 0\nexit`),
  attack('caller packet in stack, adjusted in subprogram', 6, `${PKT}*(u64 *)(r10 - 8) = r2\nr1 = r6\ncall sub\nr7 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r7 + 0)\nout:${END}sub:\nr2 = 0\ncall xdp_adjust_head\nr0 = 0\nexit`),
  attack('callback changes a captured index', 1, LOOP(`r9 = r1\n*(u64 *)(r10 - 16) = 0\n`,`*(u64 *)(r2 + 0) = 4096\nr0 = 0\nexit`,`r7 = *(u64 *)(r10 - 16)\n${LK('array')}if r0 == 0 goto out\nr0 += r7\n*(u8 *)(r0 + 0) = 0\nout:${END}`)),
  attack('callback increments a captured index', 1, LOOP(`*(u64 *)(r10 - 16) = 0\n`,`r1 = *(u64 *)(r2 + 0)\nr1 += 1\n*(u64 *)(r2 + 0) = r1\nr0 = 0\nexit`,`r7 = *(u64 *)(r10 - 16)\n${LK('array')}if r0 == 0 goto out\nr0 += r7\n*(u8 *)(r0 + 0) = 0\nout:${END}`)),
  attack('callback overwrites captured pointer', 1, LOOP(`${LK('array')}if r0 == 0 goto out\n*(u64 *)(r10 - 16) = r0\n`,`*(u64 *)(r2 + 0) = 7\nr0 = 0\nexit`,`r7 = *(u64 *)(r10 - 16)\n*(u8 *)(r7 + 0) = 0\nout:${END}`)),
  attack('callback stores own frame pointer in the caller', 1, LOOP(`*(u64 *)(r10 - 16) = 0\n`,`*(u64 *)(r2 + 0) = r10\nr0 = 0\nexit`,`${END}`)),
  attack('callback returns 2', 1, LOOP(`*(u64 *)(r10 - 16) = 0\n`,`r0 = 2\nexit`,END)),
  attack('callback adjusts the packet', 6, `${PKT}r7 = r2\n*(u64 *)(r10 - 16) = r6\nr1 = 1\nr2 = func[cb] ll\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_loop\nr0 = *(u8 *)(r7 + 0)\nout:${END}cb:\nr1 = *(u64 *)(r2 + 0)\nr2 = 0\ncall xdp_adjust_head\nr0 = 0\nexit`),
  attack('callback releases the record of the caller', 1, LOOP(`r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\n*(u64 *)(r10 - 16) = r0\n`,`r1 = *(u64 *)(r2 + 0)\nr2 = 0\ncall ringbuf_submit\nr0 = 0\nexit`,`out:${END}`)),
  attack('callback leaks a record', 1, LOOP(`*(u64 *)(r10 - 16) = 0\n`,`r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nr0 = 0\nexit`,END)),
  attack('inner value used unchecked', 1, `${LK('outer')}if r0 == 0 goto out\n*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = r0\ncall map_lookup_elem\n*(u8 *)(r0 + 0) = 0\nout:${END}`),
  attack('inner maps of two templates at one lookup', 1, `call get_prandom_u32\nr7 = r0\nif r7 == 0 goto b\n${LK('outer')}goto j\nb:\n${LK('outerhash')}j:\nif r0 == 0 goto out\nr1 = r0\n*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\ncall map_lookup_elem\nif r0 == 0 goto out\n*(u8 *)(r0 + 40) = 0\nout:${END}`),
  attack('map pointer written', 1, `${LK('outer')}if r0 == 0 goto out\n*(u64 *)(r0 + 0) = 0\nout:${END}`),
  attack('record passed up through a tail call', 1, `r6 = r1\nr1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nr7 = r0\nr1 = r6\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\nif r7 == 0 goto out\nr1 = r7\nr2 = 0\ncall ringbuf_submit\nout:${END}`),
  attack('tail call in a subprogram, big stack', 1, `*(u64 *)(r10 - 300) = 0\ncall sub${END}sub:\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit`),
  attack('tail call in subprogram, packet reused', 6, `${PKT}r7 = r2\nr1 = r6\ncall sub\nr0 = *(u8 *)(r7 + 0)\nout:${END}sub:\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\nr0 = 0\nexit`),
  attack('subprogram returns its frame', 1, `call sub\nr1 = *(u8 *)(r0 - 1)${END}sub:\nr0 = r10\nexit`),
  attack('dynptr slot overwritten', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall ringbuf_reserve_dynptr\n*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -16\nr2 = 0\ncall ringbuf_submit_dynptr${END}`),
  attack('dynptr slice after submit', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall ringbuf_reserve_dynptr\nr1 = r10\nr1 += -16\nr2 = 0\nr3 = 8\ncall dynptr_data\nr7 = r0\nr1 = r10\nr1 += -16\nr2 = 0\ncall ringbuf_submit_dynptr\nif r7 == 0 goto out\n*(u8 *)(r7 + 0) = 0\nout:${END}`),
  attack('dynptr read as scalars', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall ringbuf_reserve_dynptr\nr7 = *(u64 *)(r10 - 16)\nr1 = r10\nr1 += -16\nr2 = 0\ncall ringbuf_submit_dynptr${END}`),
  attack('dynptr at misaligned slot', 1, `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -20\ncall ringbuf_reserve_dynptr\nr1 = r10\nr1 += -20\nr2 = 0\ncall ringbuf_submit_dynptr${END}`),
];
