/** Direct packet access: ranges by comparisons, variable offsets, what makes pointers stale, and which types may write. */
import { type Case, grid } from '../case.js';
import { END, one, type Small } from '../parts.js';

const XDP = { type: 6 };
/** r2 = data, r3 = data_end, r6 = context. */
const SKB_START = 'r6 = r1\nr2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\n';
const XDP_START = 'r6 = r1\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\n';
const META_START = 'r6 = r1\nr4 = *(u32 *)(r1 + 8)\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\n';
const plus = (bytes: number): string => `r5 = r2\nr5 += ${bytes}\n`;

const OPERATORS = ['>', '>=', '<', '<=', '==', '!=', 's>', 's<', '&'];
/** After `if A op B goto +1` with one load in the way that is taken, and one that falls through. */
function compared(operator: string, swapped: boolean, taken: boolean, size: number): Small {
  const [a, b] = swapped ? ['r3', 'r5'] : ['r5', 'r3'];
  const load = `r0 = *(u8 *)(r2 + ${size - 1})`;
  const code = taken
    ? `if ${a} ${operator} ${b} goto +1\ngoto out\n${load}`
    : `if ${a} ${operator} ${b} goto out\n${load}`;
  return one(
    `${a} ${operator} ${b}, ${taken ? 'taken' : 'not taken'}, byte ${size}`,
    `${XDP_START}${plus(8)}${code}`,
    XDP,
  );
}

const comparisons = grid('range', {}, OPERATORS.flatMap((operator) =>
  [false, true].flatMap((swapped) => [false, true].flatMap((taken) => [7, 8, 9].map((size) => compared(operator, swapped, taken, size)))),
)); // biome-ignore format: one expression

function meta(operator: string, swapped: boolean, taken: boolean, size: number): Small {
  const [a, b] = swapped ? ['r2', 'r5'] : ['r5', 'r2'];
  const load = `r0 = *(u8 *)(r4 + ${size - 1})`;
  const code = taken
    ? `if ${a} ${operator} ${b} goto +1\ngoto out\n${load}`
    : `if ${a} ${operator} ${b} goto out\n${load}`;
  return one(
    `${a} ${operator} ${b}, ${taken ? 'taken' : 'not taken'}, byte ${size}`,
    `${META_START}r5 = r4\nr5 += 8\n${code}`,
    XDP,
  );
}

const metas = grid('meta range', {}, ['>', '>=', '<', '<='].flatMap((operator) =>
  [false, true].flatMap((swapped) => [false, true].flatMap((taken) => [8, 9].map((size) => meta(operator, swapped, taken, size)))),
)); // biome-ignore format: one expression

const CHECKED = `${XDP_START}${plus(14)}if r5 > r3 goto out\n`;
const SKB = `${SKB_START}${plus(14)}if r5 > r3 goto out\n`;
const R = 'call get_prandom_u32\nr7 = r0\n';
/** As CHECKED, in registers that calls keep: r8 = data, r9 = data_end. */
const KEPT = `${XDP_START}r8 = r2\nr9 = r3\n`;
const SKB_KEPT = `${SKB_START}r8 = r2\nr9 = r3\nr5 = r2\nr5 += 14\nif r5 > r3 goto out\n`;

const offsets = grid('packet', XDP, [
  one('not compared', `${XDP_START}r0 = *(u8 *)(r2 + 0)`),
  one('before it', `${CHECKED}r0 = *(u8 *)(r2 - 1)`),
  one('the last bytes', `${CHECKED}r0 = *(u16 *)(r2 + 12)`),
  one('one too far', `${CHECKED}r0 = *(u16 *)(r2 + 13)`),
  one('through the compared pointer, back', `${CHECKED}r0 = *(u8 *)(r5 - 1)`),
  one('through the compared pointer, at it', `${CHECKED}r0 = *(u8 *)(r5 + 0)`),
  one('through the compared pointer, too far back', `${CHECKED}r0 = *(u8 *)(r5 - 15)`),
  one('through a copy made before', `${XDP_START}r7 = r2\n${plus(14)}if r5 > r3 goto out\nr0 = *(u8 *)(r7 + 13)`),
  one('through a copy moved', `${CHECKED}r7 = r2\nr7 += 6\nr0 = *(u8 *)(r7 + 7)`),
  one('through a copy moved, too far', `${CHECKED}r7 = r2\nr7 += 6\nr0 = *(u8 *)(r7 + 8)`),
  one('through a fresh one', `${CHECKED}r7 = *(u32 *)(r6 + 0)\nr0 = *(u8 *)(r7 + 13)`),
  one('through a spilled copy', `${XDP_START}*(u64 *)(r10 - 8) = r2\n${plus(14)}if r5 > r3 goto out\nr7 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r7 + 13)`),
  one('the end spilled', `${XDP_START}*(u64 *)(r10 - 8) = r3\n${plus(14)}r7 = *(u64 *)(r10 - 8)\nif r5 > r7 goto out\nr0 = *(u8 *)(r2 + 13)`),
  one('the end spilled in part', `${XDP_START}*(u32 *)(r10 - 8) = r3`),
  one('two comparisons, the larger first', `${XDP_START}${plus(14)}if r5 > r3 goto out\n${plus(4)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 13)`),
  one('the end moved', `${XDP_START}r3 += 1`),
  one('the end moved by 0', `${XDP_START}r3 += 0`),
  one('the end moved by an unknown number', `${XDP_START}r7 = *(u32 *)(r6 + 12)\nr3 += r7`),
  one('the end subtracted', `${XDP_START}r3 -= 1`),
  one('the end read', `${XDP_START}r0 = *(u8 *)(r3 + 0)`),
  one('the end written', `${XDP_START}*(u8 *)(r3 - 1) = 0`),
  one('the length', `${XDP_START}r3 -= r2\nr0 = r3`),
  one('the length, the other way', `${XDP_START}r2 -= r3\nr0 = r2`),
  one('the sum', `${XDP_START}r2 += r3`),
  one('compared with a number', `${XDP_START}if r2 > 5 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('compared by 32 bits', `${XDP_START}${plus(14)}if w5 > w3 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('32-bit arithmetic', `${XDP_START}w2 += 4`),
  one('and', `${XDP_START}r2 &= -4`),
  one('multiplied', `${XDP_START}r2 *= 1`),
  one('beyond 64 KiB', `${XDP_START}r5 = r2\nr5 += 65535\nif r5 > r3 goto out\nr0 = *(u8 *)(r2 + 1000)`),
  one('beyond 64 KiB and 1', `${XDP_START}r5 = r2\nr5 += 65536\nif r5 > r3 goto out\nr0 = *(u8 *)(r2 + 1000)`),
  one('at 64 KiB less 1', `${XDP_START}r5 = r2\nr5 += 65535\nif r5 > r3 goto out\nr2 += 32767\nr2 += 32767\nr0 = *(u8 *)(r2 + 0)`),
  one('a large fixed offset', `${XDP_START}r2 += 0x1fffffff\n${plus(1)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('too large a fixed offset', `${XDP_START}r2 += 0x20000000`),
  one('a negative offset made up for', `${XDP_START}r2 += -4\n${plus(18)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 4)`),
  one('a negative offset not made up for', `${XDP_START}r2 += -4\n${plus(18)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 3)`),
  one('range of 0', `${XDP_START}if r2 > r3 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('range of 0, at the end', `${XDP_START}if r2 >= r3 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('range of 0, two bytes', `${XDP_START}if r2 >= r3 goto out\nr0 = *(u16 *)(r2 + 0)`),
  one('predicted by an earlier comparison', `${CHECKED}if r5 > r3 goto +1\ngoto out\nr0 = *(u8 *)(r2 + 500)`),
  one('predicted the other way', `${XDP_START}${plus(14)}if r5 <= r3 goto out\nif r5 <= r3 goto +1\ngoto out\nr0 = *(u8 *)(r2 + 500)`),
  one('predicted by equality', `${XDP_START}${plus(14)}if r5 >= r3 goto out\nif r5 == r3 goto +1\ngoto out\nr0 = *(u8 *)(r2 + 500)`),
  one('variable offset', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset, one too far', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 1)`),
  one('variable offset, compared before it', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\n${plus(20)}if r5 > r3 goto out\nr2 += r7\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset, added to the number', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr7 += r2\nr5 = r7\nr5 += 4\nif r5 > r3 goto out\nr0 = *(u32 *)(r7 + 0)`),
  one('variable offset unbounded', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset of 16 bits', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 0xffff\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset of 15 bits', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 0x7fff\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset up to the limit', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nif r7 > 65531 goto out\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset above the limit', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nif r7 > 65532 goto out\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset that may be negative', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr7 -= 8\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset taken twice', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr8 = r2\nr8 += r7\nr2 += r7\nr5 = r8\nr5 += 4\nif r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset copied', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr2 += r7\nr8 = r2\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r8 + 0)`),
  one('variable offset subtracted', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 15\nr2 += 16\nr2 -= r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`),
  one('variable offset from the packet', `${CHECKED}r7 = *(u8 *)(r2 + 0)\nr7 &= 15\nr7 <<= 2\nr2 += r7\n${plus(20)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 19)`),
  one('variable offset, strict', `r6 = r1\n${R}r2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr7 &= 12\nr2 += r7\n${plus(4)}if r5 > r3 goto out\nr0 = *(u32 *)(r2 + 0)`, { flags: 1 }),
  one('fixed offset, strict', `${CHECKED}r0 = *(u32 *)(r2 + 2)`, { flags: 1 }),
  one('fixed offset of an IP header, strict', `${CHECKED}r0 = *(u32 *)(r2 + 0)`, { flags: 1 }),
  one('written', `${CHECKED}*(u8 *)(r2 + 13) = 1`),
  one('written beyond', `${CHECKED}*(u8 *)(r2 + 14) = 1`),
  one('a pointer is written', `${CHECKED}*(u64 *)(r2 + 0) = r10`),
  one('a pointer of another packet is written', `${CHECKED}*(u64 *)(r2 + 0) = r2`),
  one('changed atomically', `${CHECKED}r1 = 1\nlock *(u64 *)(r2 + 0) += r1`),
  one('loaded atomically', `${CHECKED}r1 = load_acquire((u64 *)(r2 + 0))`),
  one('extended', `${CHECKED}r1 = *(s8 *)(r2 + 13)`),
  one('as a key', `${CHECKED}r1 = map[hash] ll\ncall map_lookup_elem`),
  one('as a key, too short', `${XDP_START}${plus(7)}if r5 > r3 goto out\nr1 = map[hash] ll\ncall map_lookup_elem`),
  one('as a value', `${XDP_START}${plus(24)}if r5 > r3 goto out\n*(u64 *)(r10 - 8) = 0\nr1 = map[hash] ll\nr3 = r2\nr2 = r10\nr2 += -8\nr4 = 0\ncall map_update_elem`),
  one('as a value, too short', `${XDP_START}${plus(23)}if r5 > r3 goto out\n*(u64 *)(r10 - 8) = 0\nr1 = map[hash] ll\nr3 = r2\nr2 = r10\nr2 += -8\nr4 = 0\ncall map_update_elem`),
  one('as memory of a helper', `${XDP_START}${plus(16)}if r5 > r3 goto out\nr1 = r2\nr2 = 16\nr3 = 0\nr4 = 0\nr5 = 0\ncall csum_diff`),
  one('as memory of a helper, too short', `${XDP_START}${plus(15)}if r5 > r3 goto out\nr1 = r2\nr2 = 16\nr3 = 0\nr4 = 0\nr5 = 0\ncall csum_diff`),
  one('as memory of a helper that does not take it', `${CHECKED}r1 = r2\nr2 = 8\ncall get_current_comm`),
  one('as output of a ring', `${CHECKED}r1 = map[ring] ll\nr3 = 8\nr4 = 0\ncall ringbuf_output`),
  one('as context', `${CHECKED}r1 = r2\nr2 = 0\ncall xdp_adjust_head`),
  one('of two paths', `${XDP_START}r7 = *(u32 *)(r6 + 12)\nif r7 == 0 goto +2\n${plus(14)}goto +2\n${plus(20)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 13)`),
  one('of two paths, only one compared', `${XDP_START}r7 = *(u32 *)(r6 + 12)\nif r7 == 0 goto +3\n${plus(14)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 13)`),
  one('given to a function', `${CHECKED}r1 = r2\ncall f\n${END}f:\nr0 = *(u8 *)(r1 + 13)\nexit`),
  one('compared in a function', `${XDP_START}r8 = r2\nr1 = r2\nr2 = r3\ncall f\nif r0 == 0 goto out\nr0 = *(u8 *)(r8 + 0)\n${END}f:\nr0 = 0\nr3 = r1\nr3 += 1\nif r3 > r2 goto +1\nr0 = 1\nexit`),
  one('returned by a function', `${XDP_START}r1 = r2\nr9 = r3\ncall f\nr2 = r0\n${plus(1)}if r5 > r9 goto out\nr0 = *(u8 *)(r2 + 0)\n${END}f:\nr0 = r1\nr0 += 4\nexit`),
  one('the end returned by a function', `${XDP_START}r8 = r2\nr1 = r3\ncall f\nr5 = r8\nr5 += 1\nif r5 > r0 goto out\nr0 = *(u8 *)(r8 + 0)\n${END}f:\nr0 = r1\nexit`),
]); // biome-ignore format: one program a line

const STALE = (call: string): string => `${KEPT}${plus(14)}if r5 > r3 goto out\n${call}\nr0 = *(u8 *)(r8 + 0)`;
const AGAIN = (call: string): string =>
  `${KEPT}${call}\nr2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\n${plus(14)}if r5 > r3 goto out\nr0 = *(u8 *)(r2 + 0)`;
const SKB_STALE = (call: string): string => `${SKB_KEPT}${call}\nr0 = *(u8 *)(r8 + 0)`;
const FN = { main: 'int main(struct __sk_buff *c)', f: 'static int f(u64 a, void *b)' };

const stale = grid('stale', {}, [
  one('adjust_head', STALE('r1 = r6\nr2 = 0\ncall xdp_adjust_head'), XDP),
  one('adjust_head, loaded again', AGAIN('r1 = r6\nr2 = 0\ncall xdp_adjust_head'), XDP),
  one('adjust_tail', STALE('r1 = r6\nr2 = 0\ncall xdp_adjust_tail'), XDP),
  one('adjust_meta', STALE('r1 = r6\nr2 = 0\ncall xdp_adjust_meta'), XDP),
  one('get_buff_len', STALE('r1 = r6\ncall xdp_get_buff_len'), XDP),
  one('store_bytes', STALE('r1 = r6\nr2 = 0\nr3 = r10\nr3 += -8\n*(u64 *)(r10 - 8) = 0\nr4 = 8\ncall xdp_store_bytes'), XDP),
  one('redirect', STALE('r1 = 1\nr2 = 0\ncall redirect'), XDP),
  one('a look-up', STALE('r1 = map[hash] ll\nr2 = r10\nr2 += -8\n*(u64 *)(r10 - 8) = 0\ncall map_lookup_elem'), XDP),
  one('pull_data', SKB_STALE('r1 = r6\nr2 = 0\ncall skb_pull_data')),
  one('skb_store_bytes', SKB_STALE('r1 = r6\nr2 = 0\nr3 = r10\nr3 += -8\n*(u64 *)(r10 - 8) = 0\nr4 = 8\nr5 = 0\ncall skb_store_bytes')),
  one('skb_load_bytes', SKB_STALE('r1 = r6\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\ncall skb_load_bytes')),
  one('l3_csum_replace', SKB_STALE('r1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 2\ncall l3_csum_replace')),
  one('change_head', SKB_STALE('r1 = r6\nr2 = 0\nr3 = 0\ncall skb_change_head')),
  one('change_tail', SKB_STALE('r1 = r6\nr2 = 100\nr3 = 0\ncall skb_change_tail')),
  one('change_type', SKB_STALE('r1 = r6\nr2 = 0\ncall skb_change_type')),
  one('vlan_push', SKB_STALE('r1 = r6\nr2 = 0\nr3 = 0\ncall skb_vlan_push')),
  one('adjust_room', SKB_STALE('r1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\ncall skb_adjust_room')),
  one('clone_redirect', SKB_STALE('r1 = r6\nr2 = 1\nr3 = 0\ncall clone_redirect')),
  one('set_hash', SKB_STALE('r1 = r6\nr2 = 1\ncall set_hash')),
  one('packet load', SKB_STALE('r0 = *(u8 *)skb[0]')),
  one('the end too', `${SKB_KEPT}r1 = r6\nr2 = 0\ncall skb_pull_data\nr2 = *(u32 *)(r6 + 76)\n${plus(1)}if r5 > r9 goto out\nr0 = *(u8 *)(r2 + 0)`),
  one('a spilled one', `${SKB_KEPT}*(u64 *)(r10 - 8) = r8\nr1 = r6\nr2 = 0\ncall skb_pull_data\nr8 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r8 + 0)`),
  one('a number made of it stays', `${SKB_KEPT}r9 -= r8\nr1 = r6\nr2 = 0\ncall skb_pull_data\nr0 = r9`),
  one('by a function', `${SKB_KEPT}r1 = r6\ncall f\nr0 = *(u8 *)(r8 + 0)\n${END}f:\nr2 = 0\ncall skb_pull_data\n${END}`),
  one('by a function that does not', `${SKB_KEPT}r1 = r6\ncall f\nr0 = *(u8 *)(r8 + 0)\n${END}f:\n${END}`),
  one('in the caller\'s stack, by a function', `${SKB_KEPT}*(u64 *)(r10 - 8) = r8\nr1 = r6\ncall f\nr8 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r8 + 0)\n${END}f:\nr2 = 0\ncall skb_pull_data\n${END}`),
  one('by a callback', `${SKB_KEPT}r1 = 1\nr2 = func[f] ll\nr3 = r6\nr4 = 0\ncall loop\nr0 = *(u8 *)(r8 + 0)\n${END}f:\nr1 = r2\nr2 = 0\ncall skb_pull_data\n${END}`, { functions: FN }),
  one('by a callback that does not', `${SKB_KEPT}r1 = 1\nr2 = func[f] ll\nr3 = r6\nr4 = 0\ncall loop\nr0 = *(u8 *)(r8 + 0)\n${END}f:\n${END}`, { functions: FN }),
  one('by a tail call that fails', `${SKB_KEPT}r1 = r6\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\nr0 = *(u8 *)(r8 + 0)`),
  one('in one branch', `${SKB_KEPT}r7 = *(u32 *)(r6 + 0)\nif r7 == 0 goto +3\nr1 = r6\nr2 = 0\ncall skb_pull_data\nr0 = *(u8 *)(r8 + 0)`),
  one('before it is compared', `${SKB_START}r8 = r2\nr9 = r3\nr1 = r6\nr2 = 0\ncall skb_pull_data\nr5 = r8\nr5 += 1\nif r5 > r9 goto out`),
]); // biome-ignore format: one program a line

const META = `${META_START}r5 = r4\nr5 += 8\nif r5 > r2 goto out\n`;
const metaCases = grid('meta', XDP, [
  one('read', `${META}r0 = *(u64 *)(r4 + 0)`),
  one('read beyond', `${META}r0 = *(u64 *)(r4 + 1)`),
  one('written', `${META}*(u64 *)(r4 + 0) = 1`),
  one('not compared', `${META_START}r0 = *(u8 *)(r4 + 0)`),
  one('compared with the end', `${META_START}r5 = r4\nr5 += 8\nif r5 > r3 goto out\nr0 = *(u64 *)(r4 + 0)`),
  one('compared with data moved', `${META_START}r2 += 8\nr5 = r4\nr5 += 8\nif r5 > r2 goto out\nr0 = *(u64 *)(r4 + 0)`),
  one('data compared with data', `${META_START}r5 = r2\nr5 += 8\nif r5 > r2 goto out\nr0 = *(u64 *)(r2 + 0)`),
  one('data after meta was compared', `${META}r0 = *(u64 *)(r2 + 0)`),
  one('compared with variable offset', `r6 = r1\n${R}r4 = *(u32 *)(r6 + 8)\nr2 = *(u32 *)(r6 + 0)\nr7 &= 7\nr4 += r7\nr5 = r4\nr5 += 4\nif r5 > r2 goto out\nr0 = *(u32 *)(r4 + 0)`),
  one('as a key', `${META}r2 = r4\nr1 = map[hash] ll\ncall map_lookup_elem`),
  one('stale by adjust_meta', `${META}r8 = r4\nr1 = r6\nr2 = 0\ncall xdp_adjust_meta\nr0 = *(u64 *)(r8 + 0)`),
  one('subtracted', `${META}r2 -= r4\nr0 = r2`),
  one('in a classifier', 'r2 = *(u32 *)(r1 + 76)\nr4 = *(u32 *)(r1 + 140)\nr5 = r4\nr5 += 8\nif r5 > r2 goto out\nr0 = *(u64 *)(r4 + 0)', { type: 3 }),
  one('in a cgroup program', 'r4 = *(u32 *)(r1 + 140)', { type: 8 }),
  one('in a socket filter', 'r4 = *(u32 *)(r1 + 140)', { type: 1 }),
]); // biome-ignore format: one program a line

const types = grid('type', {}, [3, 4, 6, 8, 1, 10, 12, 14].flatMap((type) => {
  const start = type === 6 ? XDP_START : SKB_START;
  return [
    one(`${type} reads`, `${start}${plus(8)}if r5 > r3 goto out\nr0 = *(u64 *)(r2 + 0)`, { type }),
    one(`${type} writes`, `${start}${plus(8)}if r5 > r3 goto out\n*(u64 *)(r2 + 0) = 0`, { type }),
    one(`${type} gives it as a key`, `${start}${plus(8)}if r5 > r3 goto out\nr1 = map[hash] ll\ncall map_lookup_elem`, { type }),
    one(`${type} lets a helper write into it`, `${start}${plus(8)}if r5 > r3 goto out\nr1 = map[queue] ll\ncall map_pop_elem`, { type }),
    one(`${type} pushes it`, `${start}${plus(8)}if r5 > r3 goto out\nr1 = map[queue] ll\nr3 = 0\ncall map_push_elem`, { type }),
  ];
})); // biome-ignore format: one program a line

const wide = grid('wide', {}, [
  one('the packet in a store of the end', `${SKB}*(u64 *)(r10 - 8) = r3\nr0 = *(u32 *)(r10 - 8)`),
  one('of 8 bytes', 'r2 = *(u64 *)(r1 + 76)'),
  one('of 2 bytes', 'r2 = *(u16 *)(r1 + 76)'),
  one('extended', 'r2 = *(s32 *)(r1 + 76)'),
  one('stored to', 'r2 = 0\n*(u32 *)(r1 + 76) = r2'),
  one('the context moved', 'r1 += 76\nr2 = *(u32 *)(r1 + 0)'),
  one('two kinds at one load', `${SKB}r7 = *(u32 *)(r6 + 0)\nr8 = r2\nif r7 == 0 goto +2\nr8 = r10\nr8 += -8\nr0 = *(u8 *)(r8 + 0)`),
  one('packet and context at one load', `${SKB}r7 = *(u32 *)(r6 + 0)\nr8 = r2\nif r7 == 0 goto +1\nr8 = r6\nr0 = *(u32 *)(r8 + 0)`),
]); // biome-ignore format: one program a line

export const packets: readonly Case[] = [
  ...comparisons,
  ...metas,
  ...offsets,
  ...stale,
  ...metaCases,
  ...types,
  ...wide,
];
