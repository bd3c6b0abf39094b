/** Functions of the program that helpers call: bpf_loop, for_each_map_elem, timers, user ring buffers. */
import { type Case, grid } from '../case.js';
import { END, type Small } from '../parts.js';

const MAIN = 'int main(struct __sk_buff *ctx)';
const CB = 'static int cb(u64 a, void *b)';
const FUNCTIONS = { main: MAIN, cb: CB };

/** `bpf_loop(count, cb, context, flags)`. */
function loop(name: string, count: string, body: string, more: Partial<Case> & { before?: string; context?: string; flags4?: string; after?: string } = {}): Small {
  const { before = '', context = 'r3 = 0', flags4 = 'r4 = 0', after = END, ...rest } = more;
  return {
    name,
    code: `${before}\n${count}\nr2 = func[cb] ll\n${context}\n${flags4}\ncall loop\n${after}cb:\n${body}`,
    functions: FUNCTIONS,
    ...rest,
  };
} // biome-ignore format: one signature

const FP8 = 'r3 = r10\nr3 += -8';

const loops = grid('loop', {}, [
  loop('plain', 'r1 = 10', END),
  loop('returns 1', 'r1 = 10', 'r0 = 1\nexit\n'),
  loop('returns 2', 'r1 = 10', 'r0 = 2\nexit\n'),
  loop('returns -1', 'r1 = 10', 'r0 = -1\nexit\n'),
  loop('returns an unknown number', 'r1 = 10', 'call get_prandom_u32\nexit\n'),
  loop('returns an unknown bit', 'r1 = 10', 'call get_prandom_u32\nr0 &= 1\nexit\n'),
  loop('returns two bits', 'r1 = 10', 'call get_prandom_u32\nr0 &= 3\nexit\n'),
  loop('returns a bounded number', 'r1 = 10', `call get_prandom_u32\nif r0 > 1 goto +1\nexit\n${END}`),
  loop('returns nothing', 'r1 = 10', 'exit\n'),
  loop('returns a pointer', 'r1 = 10', 'r0 = r10\nexit\n'),
  loop('returns its context', 'r1 = 10', 'r0 = r2\nexit\n', { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('returns a map', 'r1 = 10', 'r0 = map[array] ll\nexit\n'),
  loop('count 0', 'r1 = 0', 'r0 = *(u64 *)(r1 + 0)\nexit\n'),
  loop('count 0, the callback is bad', 'r1 = 0', 'r0 = 5\nexit\n'),
  loop('count 1', 'r1 = 1', END),
  loop('count 8 Mi', 'r1 = 8388608', END),
  loop('count 8 Mi and 1', 'r1 = 8388609', END),
  loop('count -1', 'r1 = -1', END),
  loop('count unknown', 'r1 = r0', END, { before: 'call get_prandom_u32' }),
  loop('count a pointer', 'r1 = r10', END),
  loop('count not set', '', END, { before: 'call get_prandom_u32' }),
  loop('flags 1', 'r1 = 10', END, { flags4: 'r4 = 1' }),
  loop('flags a pointer', 'r1 = 10', END, { flags4: 'r4 = r10' }),
  loop('flags not set', 'r1 = 10', END, { before: 'call get_prandom_u32', flags4: '' }),
  loop('context NULL, read', 'r1 = 10', 'r0 = *(u64 *)(r2 + 0)\nexit\n'),
  loop('context a number', 'r1 = 10', END, { context: 'r3 = 5' }),
  loop('context the context', 'r1 = 10', END, { before: 'r6 = r1', context: 'r3 = r6' }),
  loop('context a map value', 'r1 = 10', END, { context: 'r3 = map[one][0] + 0 ll' }),
  loop('context a map', 'r1 = 10', END, { context: 'r3 = map[one] ll' }),
  loop('context the packet', 'r1 = 10', END, { before: 'r6 = *(u32 *)(r1 + 76)', context: 'r3 = r6' }),
  loop('context the stack', 'r1 = 10', END, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('context the stack, read', 'r1 = 10', `r3 = *(u64 *)(r2 + 0)\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('context the stack, written', 'r1 = 10', `*(u64 *)(r2 + 0) = 1\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('context the stack, above', 'r1 = 10', `*(u64 *)(r2 + 8) = 1\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('context the stack, another slot', 'r1 = 10', `*(u64 *)(r2 - 8) = 1\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('context a variable place of the stack', 'r1 = 10', `*(u8 *)(r2 + 0) = 1\n${END}`, { before: 'call get_prandom_u32\nr6 = r0\nr6 &= 7', context: `${FP8}\nr3 += r6` }),
  loop('what the callback stores is known no more', 'r1 = 10', `*(u64 *)(r2 + 0) = 40\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
    after: `r1 = *(u64 *)(r10 - 8)\nr2 = r10\nr2 += -48\nr2 += r1\n*(u8 *)(r2 + 0) = 1\n${END}`,
  }),
  loop('what the callback stores, too much', 'r1 = 10', `*(u64 *)(r2 + 0) = 48\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
    after: `r1 = *(u64 *)(r10 - 8)\nr2 = r10\nr2 += -48\nr2 += r1\n*(u8 *)(r2 + 0) = 1\n${END}`,
  }),
  loop('the callback counts up', 'r1 = 10', `r3 = *(u64 *)(r2 + 0)\nr3 += 1\n*(u64 *)(r2 + 0) = r3\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
    after: `r1 = *(u64 *)(r10 - 8)\nr2 = r10\nr2 += -48\nr2 += r1\n*(u8 *)(r2 + 0) = 1\n${END}`,
  }),
  loop('the callback counts up, checked', 'r1 = 10', `r3 = *(u64 *)(r2 + 0)\nr3 += 1\n*(u64 *)(r2 + 0) = r3\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
    after: `r1 = *(u64 *)(r10 - 8)\nif r1 > 40 goto +4\nr2 = r10\nr2 += -48\nr2 += r1\n*(u8 *)(r2 + 0) = 1\n${END}`,
  }),
  loop('the callback uses a counter as an index', 'r1 = 3', `r3 = *(u64 *)(r2 + 0)\nr4 = r3\nr4 += 1\n*(u64 *)(r2 + 0) = r4\nr5 = r10\nr5 += -16\nr5 += r3\n*(u8 *)(r5 + 0) = 1\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
  }),
  loop('the callback uses a counter as an index, too far', 'r1 = 100', `r3 = *(u64 *)(r2 + 0)\nr4 = r3\nr4 += 1\n*(u64 *)(r2 + 0) = r4\nr5 = r10\nr5 += -16\nr5 += r3\n*(u8 *)(r5 + 0) = 1\n${END}`, {
    before: '*(u64 *)(r10 - 8) = 0', context: FP8,
  }),
  loop('the index is a number of which nothing is known', 'r1 = 3', `r3 = r10\nr3 += -8\nr3 += r1\n*(u8 *)(r3 + 0) = 1\n${END}`),
  loop('the index, masked', 'r1 = 3', `r1 &= 7\nr3 = r10\nr3 += -8\nr3 += r1\n*(u8 *)(r3 + 0) = 1\n${END}`),
  loop('the index as a pointer', 'r1 = 3', `r0 = *(u8 *)(r1 + 0)\n${END}`),
  loop('r3 in the callback', 'r1 = 3', `r0 = r3\nr0 = 0\nexit\n`),
  loop('r6 in the callback', 'r1 = 3', `r0 = r6\nr0 = 0\nexit\n`, { before: 'r6 = 1' }),
  loop('r6 after the loop', 'r1 = 3', END, { before: 'r6 = 1', after: `r0 = r6\nexit\n` }),
  loop('r1 after the loop', 'r1 = 3', END, { after: `r0 = r1\nexit\n` }),
  loop('the result is a number', 'r1 = 3', END, { after: `r0 = *(u8 *)(r0 + 0)\nexit\n` }),
  loop('the result is an index', 'r1 = 3', END, { after: `r2 = r10\nr2 += -8\nr2 += r0\n*(u8 *)(r2 + 0) = 1\n${END}` }),
  loop('pointer of the callback escapes', 'r1 = 3', `*(u64 *)(r2 + 0) = r10\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  loop('packet pointers die in the callback', 'r1 = 3', `r1 = r2\nr2 = 0\ncall skb_pull_data\n${END}`, {
    before: 'r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +7', context: 'r3 = 0', after: `r0 = *(u8 *)(r7 + 0)\n${END}`,
  }),
  loop('packet pointers survive the callback', 'r1 = 3', END, {
    before: 'r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +8', after: `r0 = *(u8 *)(r7 + 0)\n${END}`,
  }),
  loop('a reference is held', 'r1 = 3', END, {
    before: 'r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +9\nr6 = r0', after: `r1 = r6\nr2 = 0\ncall ringbuf_discard\n${END}`,
  }),
  loop('a reference leaks in the callback', 'r1 = 3', `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n${END}`),
  loop('a reference is taken and given in the callback', 'r1 = 3', `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +3\nr1 = r0\nr2 = 0\ncall ringbuf_discard\n${END}`),
  loop('a reference of the caller is given back in the callback', 'r1 = 3', `r1 = *(u64 *)(r2 + 0)\nr2 = 0\ncall ringbuf_discard\n${END}`, {
    before: 'r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +10\n*(u64 *)(r10 - 8) = r0', context: FP8,
  }),
  loop('the callback never ends', 'r1 = 3', 'goto -1\n'),
  loop('the callback has a bounded loop', 'r1 = 3', `r3 = 0\nr3 += 1\nif r3 < 10 goto -2\n${END}`),
  loop('the callback tail-calls', 'r1 = 3', `r1 = r2\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\n${END}`, { before: 'r6 = r1', context: 'r3 = r6' }),
  { name: 'nested', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\nr1 = 3\nr2 = func[in] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}in:\n${END}`, functions: { main: MAIN, cb: CB, in: 'static int in(u64 a, void *b)' } },
  { name: 'nested, the inner one is bad', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\nr1 = 3\nr2 = func[in] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}in:\nr0 = 7\nexit`, functions: { main: MAIN, cb: CB, in: 'static int in(u64 a, void *b)' } },
  { name: 'calls itself', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\nr1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}`, functions: FUNCTIONS },
  { name: 'the callback is called directly, too', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\nr1 = 0\nr2 = 0\ncall cb\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'the callback is only called directly, its address taken', code: `r6 = func[cb] ll\nr1 = 0\nr2 = 0\ncall cb\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'the callback called directly returns 7', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\nr1 = 0\nr2 = 0\ncall cb\n${END}cb:\nif r1 == 0 goto +2\n${END}r0 = 7\nexit`, functions: FUNCTIONS },
  { name: 'two callbacks at one call', code: `call get_prandom_u32\nr6 = func[cb] ll\nif r0 == 0 goto +2\nr6 = func[in] ll\nr1 = 3\nr2 = r6\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}in:\n${END}`, functions: { main: MAIN, cb: CB, in: 'static int in(u64 a, void *b)' } },
  { name: 'the callback is global', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}`, functions: { main: MAIN, cb: 'int cb(u64 a, int b)' } },
  { name: 'without BTF', code: `r1 = 3\nr2 = func[cb] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}` },
  { name: 'a number as callback', code: `r1 = 3\nr2 = 5\nr3 = 0\nr4 = 0\ncall loop\n${END}`, functions: { main: MAIN } },
  { name: 'a map as callback', code: `r1 = 3\nr2 = map[array] ll\nr3 = 0\nr4 = 0\ncall loop\n${END}`, functions: { main: MAIN } },
  { name: 'a moved function as callback', code: `r1 = 3\nr2 = func[cb] ll\nr2 += 8\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function moved by 0', code: `r1 = 3\nr2 = func[cb] ll\nr2 += 0\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function spilled and filled', code: `r1 = 3\nr2 = func[cb] ll\n*(u64 *)(r10 - 8) = r2\nr2 = *(u64 *)(r10 - 8)\nr3 = 0\nr4 = 0\ncall loop\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function in a map', code: `r1 = map[one][0] + 0 ll\nr2 = func[cb] ll\n*(u64 *)(r1 + 0) = r2\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function is read', code: `r2 = func[cb] ll\nr0 = *(u64 *)(r2 + 0)\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function is compared', code: `r2 = func[cb] ll\nif r2 == 0 goto +1\nr0 = 1\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'two functions are compared', code: `r2 = func[cb] ll\nr3 = func[cb] ll\nif r2 == r3 goto +1\nr0 = 1\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'a function is returned', code: `r0 = func[cb] ll\nexit\ncb:\n${END}`, functions: FUNCTIONS },
  { name: 'address of no function', code: `r1 = func[+100] ll\n${END}`, functions: { main: MAIN } },
  { name: 'address of main', code: `r1 = func[-1] ll\n${END}`, functions: { main: MAIN } },
  { name: 'address of an instruction of main', code: `r1 = func[+1] ll\nr0 = 0\n${END}`, functions: { main: MAIN, '+3': CB } },
  { name: 'address with a second half', code: `.raw 0x18 1 4 0 3\n.raw 0 0 0 0 1\n${END}cb:\n${END}`, functions: FUNCTIONS },
  { name: 'address with an offset', code: `.raw 0x18 1 4 1 3\n.raw 0 0 0 0 0\n${END}cb:\n${END}`, functions: FUNCTIONS },
  loop('stack of caller and callback together', 'r1 = 3', `*(u8 *)(r10 - 256) = 0\n${END}`, { before: '*(u8 *)(r10 - 256) = 0' }),
  loop('stack of caller and callback together, too much', 'r1 = 3', `*(u8 *)(r10 - 257) = 0\n${END}`, { before: '*(u8 *)(r10 - 256) = 0' }),
  loop('in a tracepoint', 'r1 = 3', END, { type: 5, functions: { main: 'int main(void *ctx)', cb: CB } }),
  loop('in a socket filter', 'r1 = 3', END, { type: 1 }),
  loop('in XDP', 'r1 = 3', END, { type: 6 }),
  loop('in a syscall program', 'r1 = 3', END, { type: 31, flags: 16 }),
]); // biome-ignore format: one program a line

const HASH = 'r1 = map[small] ll';
const FE = 'static int cb(void *map, void *key, void *value, void *ctx)';

/** `bpf_for_each_map_elem(map, cb, context, flags)`. */
function each(name: string, map: string, body: string, more: Partial<Case> & { before?: string; context?: string; flags4?: string; after?: string } = {}): Small {
  const { before = '', context = 'r3 = 0', flags4 = 'r4 = 0', after = END, ...rest } = more;
  return {
    name,
    code: `${before}\n${map}\nr2 = func[cb] ll\n${context}\n${flags4}\ncall for_each_map_elem\n${after}cb:\n${body}`,
    functions: { main: MAIN, cb: FE },
    ...rest,
  };
} // biome-ignore format: one signature

const forEach = grid('each', {}, [
  each('hash', HASH, END),
  each('array', 'r1 = map[array] ll', END),
  each('per-CPU hash', 'r1 = map[percpuhash] ll', END),
  each('per-CPU array', 'r1 = map[percpu] ll', END),
  each('LRU', 'r1 = map[lru] ll', END),
  each('per-CPU LRU', 'r1 = map[lrupercpu] ll', END),
  each('trie', 'r1 = map[trie] ll', END),
  each('queue', 'r1 = map[queue] ll', END),
  each('stack', 'r1 = map[stack] ll', END),
  each('ring', 'r1 = map[ring] ll', END),
  each('program array', 'r1 = map[programs] ll', END),
  each('array of maps', 'r1 = map[outer] ll', END),
  each('hash of maps', 'r1 = map[outerhash] ll', END),
  each('Bloom filter', 'r1 = map[bloom] ll', END),
  each('returns 1', HASH, 'r0 = 1\nexit\n'),
  each('returns 2', HASH, 'r0 = 2\nexit\n'),
  each('returns -1', HASH, 'r0 = -1\nexit\n'),
  each('flags 1', HASH, END, { flags4: 'r4 = 1' }),
  each('the key is read', HASH, `r5 = *(u32 *)(r2 + 0)\n${END}`),
  each('the key is read beyond', HASH, `r5 = *(u64 *)(r2 + 0)\n${END}`),
  each('the key is read before', HASH, `r5 = *(u8 *)(r2 - 1)\n${END}`),
  each('the key is written', HASH, `*(u32 *)(r2 + 0) = 1\n${END}`),
  each('the key is changed atomically', 'r1 = map[hash] ll', `r5 = 1\nlock *(u64 *)(r2 + 0) += r5\n${END}`),
  each('the key of an array', 'r1 = map[array] ll', `r5 = *(u32 *)(r2 + 0)\n${END}`),
  each('the key at a variable offset', 'r1 = map[hash] ll', `r5 = *(u8 *)(r2 + 0)\nr5 &= 7\nr2 += r5\nr5 = *(u8 *)(r2 + 0)\n${END}`),
  each('the key at a variable offset, too far', 'r1 = map[hash] ll', `r5 = *(u8 *)(r2 + 0)\nr5 &= 15\nr2 += r5\nr5 = *(u8 *)(r2 + 0)\n${END}`),
  each('the value is read', HASH, `r5 = *(u64 *)(r3 + 0)\n${END}`),
  each('the value is read beyond', HASH, `r5 = *(u64 *)(r3 + 1)\n${END}`),
  each('the value is written', HASH, `*(u64 *)(r3 + 0) = 1\n${END}`),
  each('the value of a read-only map is written', 'r1 = map[rohash] ll', `*(u64 *)(r3 + 0) = 1\n${END}`),
  each('the value of a write-only map is read', 'r1 = map[wohash] ll', `r5 = *(u64 *)(r3 + 0)\n${END}`),
  each('the map is used', HASH, `call map_lookup_elem\n${END}`),
  each('the map is used, and the value', HASH, `call map_lookup_elem\nif r0 == 0 goto +1\nr1 = *(u64 *)(r0 + 0)\n${END}`),
  each('the map, with the key updated', HASH, `r4 = 0\ncall map_update_elem\n${END}`),
  each('the element is deleted', HASH, `call map_delete_elem\n${END}`),
  each('the key is a value', HASH, `r3 = r2\nr2 = r3\nr1 = map[small] ll\ncall map_delete_elem\n${END}`),
  each('the key is too short as a value', HASH, `r3 = r2\nr1 = map[hash] ll\nr2 = r10\nr2 += -8\n*(u64 *)(r10 - 8) = 0\nr4 = 0\ncall map_update_elem\n${END}`),
  each('the key is too short as a key', HASH, `r1 = map[hash] ll\ncall map_lookup_elem\n${END}`),
  each('r5 in the callback', HASH, `r0 = r5\n${END}`),
  each('the context comes as r4', HASH, `*(u64 *)(r4 + 0) = 1\n${END}`, { before: '*(u64 *)(r10 - 8) = 0', context: FP8 }),
  each('the context is no stack', HASH, END, { context: 'r3 = map[one][0] + 0 ll' }),
  each('nested over another map', HASH, `r1 = map[array] ll\nr2 = func[in] ll\nr3 = 0\nr4 = 0\ncall for_each_map_elem\n${END}in:\n${END}`, { functions: { main: MAIN, cb: FE, in: 'static int in(void *map, void *key, void *value, void *ctx)' } }),
  each('through an outer map', `r1 = map[outersmall] ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 - 4) = 0\ncall map_lookup_elem\nif r0 == 0 goto +8\nr1 = r0`, `r5 = *(u64 *)(r3 + 0)\n${END}`),
  each('through an outer map, too far', `r1 = map[outersmall] ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 - 4) = 0\ncall map_lookup_elem\nif r0 == 0 goto +8\nr1 = r0`, `r5 = *(u64 *)(r3 + 1)\n${END}`),
  each('a value or null as map', `r1 = map[small] ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 - 4) = 0\ncall map_lookup_elem\nr1 = r0`, END),
  each('with a lock in the value', 'r1 = map[locked] ll', `r6 = r3\nr1 = r3\ncall spin_lock\nr1 = r6\ncall spin_unlock\n${END}`),
  each('the result is an index', HASH, END, { after: `r2 = r10\nr2 += -8\nr2 += r0\n*(u8 *)(r2 + 0) = 1\n${END}` }),
  each('in a tracepoint', HASH, END, { type: 5, functions: { main: 'int main(void *ctx)', cb: FE } }),
  each('without BTF', HASH, END, { functions: undefined }),
]); // biome-ignore format: one program a line

const TIMER_VALUE = `*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map[timedhash] ll
call map_lookup_elem
if r0 == 0 goto out
r6 = r0
`;
const TCB = 'static int cb(void *map, int *key, void *value)';

function timer(name: string, body: string, callback = END, more: Partial<Case> = {}): Small {
  return {
    name,
    code: `${TIMER_VALUE}${body}\nout:\n${END}cb:\n${callback}`,
    functions: { main: MAIN, cb: TCB },
    ...more,
  };
}

function plainTimer(name: string, body: string, more: Partial<Case> = {}): Small {
  return { name, code: `${TIMER_VALUE}${body}\nout:\n${END}`, functions: { main: MAIN }, ...more };
}

const AT = 'r1 = r6\nr1 += 8\n';
const INIT = `${AT}r2 = map[timedhash] ll\nr3 = 1\ncall timer_init`;
const SET = `${AT}r2 = func[cb] ll\ncall timer_set_callback`;

const timers = grid('timer', {}, [
  plainTimer('init', INIT),
  plainTimer('init at the wrong offset', `r1 = r6\nr2 = map[timedhash] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init at an offset that is not known', `r1 = r6\nr7 = *(u64 *)(r6 + 0)\nr7 &= 8\nr1 += r7\nr2 = map[timedhash] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init with another map', `${AT}r2 = map[timed] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init with a map without timers', `${AT}r2 = map[small] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init of a value without timers', `r1 = map[one][0] + 8 ll\nr2 = map[one] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init on the stack', `r1 = r10\nr1 += -16\nr2 = map[timedhash] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init of a value that may be NULL', `r2 = r10\nr2 += -4\nr1 = map[timedhash] ll\ncall map_lookup_elem\nr1 = r0\nr2 = map[timedhash] ll\nr3 = 1\ncall timer_init`),
  plainTimer('init with a pointer as flags', `${AT}r2 = map[timedhash] ll\nr3 = r10\ncall timer_init`),
  plainTimer('init in a tracepoint', INIT, { type: 5, functions: { main: 'int main(void *ctx)' } }),
  plainTimer('init in XDP', INIT, { type: 6 }),
  plainTimer('init in a socket filter', INIT, { type: 1 }),
  plainTimer('init in a cgroup program', INIT, { type: 8 }),
  plainTimer('init in a syscall program', INIT, { type: 31, flags: 16 }),
  plainTimer('start', `${AT}r2 = 1000\nr3 = 0\ncall timer_start`),
  plainTimer('start at the wrong offset', `r1 = r6\nr1 += 4\nr2 = 1000\nr3 = 0\ncall timer_start`),
  plainTimer('start of the lock\'s neighbour', `r1 = r6\nr1 += 16\nr2 = 1000\nr3 = 0\ncall timer_start`),
  plainTimer('cancel', `${AT}call timer_cancel`),
  plainTimer('is read', 'r1 = *(u64 *)(r6 + 8)'),
  plainTimer('is written', '*(u64 *)(r6 + 16) = 1'),
  plainTimer('is touched at its edge', 'r1 = *(u64 *)(r6 + 1)'),
  plainTimer('its neighbour is written', '*(u64 *)(r6 + 0) = 1'),
  plainTimer('a value of the timed map as a key', `r1 = map[timedhash] ll\nr2 = r6\ncall map_lookup_elem`),
  plainTimer('a value of the timed map as a value', `r1 = map[timedhash] ll\nr2 = r10\nr2 += -4\nr3 = r6\nr4 = 0\ncall map_update_elem`),
  timer('set_callback', `${INIT}\n${SET}`),
  timer('callback returns 1', `${INIT}\n${SET}`, 'r0 = 1\nexit\n'),
  timer('callback returns an unknown number', `${INIT}\n${SET}`, 'call get_prandom_u32\nexit\n'),
  timer('callback returns nothing', `${INIT}\n${SET}`, 'exit\n'),
  timer('callback returns a pointer', `${INIT}\n${SET}`, 'r0 = r10\nexit\n'),
  timer('callback reads the key', SET, `r4 = *(u32 *)(r2 + 0)\n${END}`),
  timer('callback reads the key too far', SET, `r4 = *(u64 *)(r2 + 0)\n${END}`),
  timer('callback writes the key', SET, `*(u32 *)(r2 + 0) = 0\n${END}`),
  timer('callback reads the value', SET, `r4 = *(u64 *)(r3 + 0)\n${END}`),
  timer('callback reads the timer', SET, `r4 = *(u64 *)(r3 + 8)\n${END}`),
  timer('callback uses the map', SET, `call map_lookup_elem\n${END}`),
  timer('callback starts itself anew', SET, `r1 = r3\nr1 += 8\nr2 = 5\nr3 = 0\ncall timer_start\n${END}`),
  timer('callback sets itself anew', SET, `r1 = r3\nr1 += 8\nr2 = func[cb] ll\ncall timer_set_callback\n${END}`),
  timer('callback cancels itself', SET, `r1 = r3\nr1 += 8\ncall timer_cancel\n${END}`),
  timer('callback initialises with its map', SET, `r4 = r1\nr1 = r3\nr1 += 8\nr2 = r4\nr3 = 1\ncall timer_init\n${END}`),
  timer('callback has the context', SET, `r4 = *(u32 *)(r1 + 0)\n${END}`),
  timer('callback has r4', SET, `r0 = r4\n${END}`),
  timer('callback leaks a reference', SET, `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n${END}`),
  timer('callback holds a lock', SET, `r6 = r3\nr1 = map[late][0] + 8 ll\ncall spin_lock\n${END}`),
  timer('callback calls a function', SET, `call in\n${END}in:\n${END}`, { functions: { main: MAIN, cb: TCB, in: 'static int in(void)' } }),
  timer('callback with a large stack', `*(u8 *)(r10 - 512) = 0\n${SET}`, `*(u8 *)(r10 - 512) = 0\n${END}`),
  timer('callback with too large a stack', SET, `*(u8 *)(r10 - 256) = 0\ncall in\n${END}in:\n*(u8 *)(r10 - 264) = 0\n${END}`, { functions: { main: MAIN, cb: TCB, in: 'static int in(void)' } }),
  timer('callback calls main\'s kind of tail call', SET, `r2 = map[programs] ll\nr3 = 0\ncall tail_call\n${END}`),
  timer('callback is also called directly', `${SET}\nr1 = 0\nr2 = 0\nr3 = 0\ncall cb`, END),
  timer('callback is global', SET, END, { functions: { main: MAIN, cb: 'int cb(int a)' } }),
  timer('a reference is held', `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr7 = r0\n${SET}\nr1 = r7\nr2 = 0\ncall ringbuf_discard`),
  timer('init over the outer map', `*(u32 *)(r10 - 4) = 0\nr1 = map[outertimed] ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr7 = r0\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr1 += 8\nr2 = r7\nr3 = 1\ncall timer_init`),
  timer('init over two looks at the outer map', `*(u32 *)(r10 - 4) = 0\nr1 = map[outertimed] ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr7 = r0\nr1 = map[outertimed] ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr1 += 8\nr2 = r7\nr3 = 1\ncall timer_init`),
  timer('with a lock beside it', `r1 = map[timedlock] ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 - 4) = 9\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\nr1 = r0\nr1 += 16\ncall spin_lock\nr1 = r6\nr1 += 16\ncall spin_unlock\nr1 = r6\nr2 = map[timedlock] ll\nr3 = 1\ncall timer_init`),
  timer('started while a lock is held', `r1 = map[timedlock] ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 - 4) = 9\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\nr1 = r0\nr1 += 16\ncall spin_lock\nr1 = r6\nr2 = 1\nr3 = 0\ncall timer_start\nr1 = r6\nr1 += 16\ncall spin_unlock`),
  { name: 'work queue is read', code: `r1 = map[worked] ll\n*(u32 *)(r10 - 4) = 9\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto +1\nr1 = *(u64 *)(r0 + 8)\n${END}` },
  { name: 'work queue as a timer', code: `r1 = map[worked] ll\n*(u32 *)(r10 - 4) = 9\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto +5\nr1 = r0\nr1 += 8\nr2 = 1\nr3 = 0\ncall timer_start\n${END}` },
]); // biome-ignore format: one program a line

const URB = 'static int cb(void *dynptr, void *ctx)';
function drain(name: string, body: string, more: Partial<Case> & { map?: string; context?: string; flags4?: string } = {}): Small {
  const { map = 'userring', context = 'r3 = 0', flags4 = 'r4 = 0', ...rest } = more;
  return {
    name,
    code: `*(u64 *)(r10 - 8) = 0\nr1 = map[${map}] ll\nr2 = func[cb] ll\n${context}\n${flags4}\ncall user_ringbuf_drain\n${END}cb:\n${body}`,
    functions: { main: MAIN, cb: URB },
    ...rest,
  };
} // biome-ignore format: one signature

const READ = 'r3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr4 = 0\nr5 = 0\n';
const others = grid('drain', {}, [
  drain('plain', END),
  drain('of a ring that the kernel writes', END, { map: 'ring' }),
  drain('of a hash', END, { map: 'small' }),
  drain('returns 1', 'r0 = 1\nexit\n'),
  drain('returns 2', 'r0 = 2\nexit\n'),
  drain('flags 1', END, { flags4: 'r4 = 1' }),
  drain('reads', `${READ}call dynptr_read\n${END}`),
  drain('writes', `r2 = 0\nr3 = r10\nr3 += -8\n*(u64 *)(r10 - 8) = 0\nr4 = 8\nr5 = 0\ncall dynptr_write\n${END}`),
  drain('data', `r2 = 0\nr3 = 8\ncall dynptr_data\nif r0 == 0 goto +1\nr1 = *(u64 *)(r0 + 0)\n${END}`),
  drain('data, not checked', `r2 = 0\nr3 = 8\ncall dynptr_data\nr1 = *(u64 *)(r0 + 0)\n${END}`),
  drain('data, too far', `r2 = 0\nr3 = 8\ncall dynptr_data\nif r0 == 0 goto +1\nr1 = *(u64 *)(r0 + 1)\n${END}`),
  drain('data, written', `r2 = 0\nr3 = 8\ncall dynptr_data\nif r0 == 0 goto +1\n*(u64 *)(r0 + 0) = 1\n${END}`),
  drain('loads through the dynptr', `r3 = *(u64 *)(r1 + 0)\n${END}`),
  drain('stores through the dynptr', `*(u64 *)(r1 + 0) = 1\n${END}`),
  drain('moves the dynptr', `r1 += 8\nr2 = 0\nr3 = 8\ncall dynptr_data\n${END}`),
  drain('moves the dynptr by 0', `r1 += 0\nr2 = 0\nr3 = 8\ncall dynptr_data\n${END}`),
  drain('gives it back as a record', `r2 = 0\ncall ringbuf_submit_dynptr\n${END}`),
  drain('discards it', `r2 = 0\ncall ringbuf_discard_dynptr\n${END}`),
  drain('makes one of it', `r4 = r1\nr1 = r10\nr1 += -8\n*(u64 *)(r10 - 8) = 0\nr2 = 8\nr3 = 0\ncall dynptr_from_mem\n${END}`),
  drain('reserves one in it', `r4 = r1\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve_dynptr\n${END}`),
  drain('as memory', `r2 = r1\nr1 = map[small] ll\ncall map_lookup_elem\n${END}`),
  drain('returned', 'r0 = r1\nexit\n'),
  drain('spilled and filled', `*(u64 *)(r10 - 16) = r1\nr1 = *(u64 *)(r10 - 16)\nr2 = 0\nr3 = 8\ncall dynptr_data\n${END}`),
  drain('the context comes as r2', `*(u64 *)(r2 + 0) = 1\n${END}`, { context: FP8 }),
  drain('leaks out over the context', `*(u64 *)(r2 + 0) = r1\n${END}`, { context: FP8 }),
  drain('in a tracepoint', END, { type: 5, functions: { main: 'int main(void *ctx)', cb: URB } }),
]); // biome-ignore format: one program a line

const find = grid('find_vma', { functions: { main: 'int main(void *ctx)', cb: 'static int cb(void *task, void *vma, void *ctx)' } }, [
  { name: 'plain', type: 5, code: `call get_current_task_btf\nr1 = r0\nr2 = 0\nr3 = func[cb] ll\nr4 = r10\nr4 += -8\n*(u64 *)(r10 - 8) = 0\nr5 = 0\ncall find_vma\n${END}cb:\n${END}` },
  { name: 'returns 2', type: 5, code: `call get_current_task_btf\nr1 = r0\nr2 = 0\nr3 = func[cb] ll\nr4 = r10\nr4 += -8\n*(u64 *)(r10 - 8) = 0\nr5 = 0\ncall find_vma\n${END}cb:\nr0 = 2\nexit` },
  { name: 'task is a number', type: 5, code: `r1 = 0\nr2 = 0\nr3 = func[cb] ll\nr4 = 0\nr5 = 0\ncall find_vma\n${END}cb:\n${END}` },
  { name: 'context is written', type: 5, code: `call get_current_task_btf\nr1 = r0\nr2 = 0\nr3 = func[cb] ll\nr4 = r10\nr4 += -8\n*(u64 *)(r10 - 8) = 0\nr5 = 0\ncall find_vma\n${END}cb:\n*(u64 *)(r3 + 0) = 1\n${END}` },
]); // biome-ignore format: one program a line

export const callbacks: readonly Case[] = [...loops, ...forEach, ...timers, ...others, ...find];
