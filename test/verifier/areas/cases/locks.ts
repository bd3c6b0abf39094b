/** Spin locks in map values: taken, given back, and what may be done meanwhile. */
import { type Case, grid } from '../case.js';
import { END, type Small } from '../parts.js';

const MAIN = 'int main(struct __sk_buff *ctx)';

/** r6 = a value of the map, where it is there; `out` is the way out. */
const value = (map: string, key = 9): string => `*(u32 *)(r10 - 4) = ${key}
r2 = r10
r2 += -4
r1 = map[${map}] ll
call map_lookup_elem
if r0 == 0 goto out
r6 = r0
`;
const LOCK = 'r1 = r6\ncall spin_lock\n';
const UNLOCK = 'r1 = r6\ncall spin_unlock\n';

function held(name: string, body: string, more: Partial<Case> & { map?: string; rest?: string } = {}): Small {
  const { map = 'lockedhash', rest = '', ...others } = more;
  return { name, code: `r9 = r1\n${value(map)}${body}\nout:\n${END}${rest}`, ...others };
}

export const locks: readonly Case[] = grid('lock', {}, [
  held('taken and given back', LOCK + UNLOCK),
  held('never given back', LOCK),
  held('never taken', UNLOCK),
  held('taken twice', LOCK + LOCK + UNLOCK),
  held('given back twice', LOCK + UNLOCK + UNLOCK),
  held('taken again later', LOCK + UNLOCK + LOCK + UNLOCK),
  held('the value is changed under it', `${LOCK}*(u32 *)(r6 + 4) = 1\n${UNLOCK}`),
  held('the lock is read', 'r1 = *(u32 *)(r6 + 0)'),
  held('the lock is written', '*(u32 *)(r6 + 0) = 1'),
  held('the lock is read in part', 'r1 = *(u8 *)(r6 + 3)'),
  held('the lock is read with its neighbour', 'r1 = *(u64 *)(r6 + 0)'),
  held('its neighbour is read', 'r1 = *(u32 *)(r6 + 4)'),
  held('the lock is changed atomically', 'r1 = 1\nlock *(u32 *)(r6 + 0) += r1'),
  held('a variable offset reaches it', 'r1 = *(u64 *)(r6 + 8)\nr1 &= 7\nr6 += r1\nr2 = *(u8 *)(r6 + 0)'),
  held('a variable offset behind it', 'r1 = *(u64 *)(r6 + 8)\nr1 &= 7\nr6 += r1\nr2 = *(u8 *)(r6 + 4)'),
  held('at the wrong offset', `r1 = r6\nr1 += 4\ncall spin_lock\n`),
  held('at offset -4', `r1 = r6\nr1 += -4\ncall spin_lock\n`),
  held('at an offset that comes back', `r1 = r6\nr1 += 4\nr1 += -4\ncall spin_lock\n${UNLOCK}`),
  held('at an offset that is not known', `r2 = *(u64 *)(r6 + 8)\nr2 &= 4\nr1 = r6\nr1 += r2\ncall spin_lock\n`),
  held('at its place in the middle', 'r1 = r6\nr1 += 8\ncall spin_lock\nr1 = r6\nr1 += 8\ncall spin_unlock', { map: 'late' }),
  held('at the start where it lies in the middle', LOCK, { map: 'late' }),
  held('of a map without one', LOCK, { map: 'small' }),
  held('of a map with a timer', LOCK, { map: 'timedhash' }),
  held('on the stack', 'r1 = r10\nr1 += -8\ncall spin_lock'),
  held('of the context', 'r1 = r9\ncall spin_lock'),
  held('of a number', 'r1 = 5\ncall spin_lock'),
  held('of the map itself', 'r1 = map[lockedhash] ll\ncall spin_lock'),
  held('a helper is called under it', `${LOCK}call get_prandom_u32\n${UNLOCK}`),
  held('a look-up under it', `${LOCK}r1 = map[small] ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\n${UNLOCK}`),
  held('the end under it', `${LOCK}r0 = 0\nexit`),
  held('a branch leaves it held', `r7 = *(u32 *)(r6 + 4)\n${LOCK}if r7 == 0 goto out\n${UNLOCK}`),
  held('both branches give it back', `r7 = *(u32 *)(r6 + 4)\n${LOCK}if r7 == 0 goto +3\n${UNLOCK}goto out\n${UNLOCK}`),
  held('taken in one branch', `r7 = *(u32 *)(r6 + 4)\nif r7 == 0 goto +2\n${LOCK}${UNLOCK}`),
  held('taken and given in the same branches', `r7 = *(u32 *)(r6 + 4)\nif r7 == 0 goto +2\n${LOCK}if r7 == 0 goto +2\n${UNLOCK}`),
  held('a loop under it', `${LOCK}r1 = 0\nr1 += 1\nif r1 < 10 goto -2\n${UNLOCK}`),
  held('taken in each round', `r7 = 0\n${LOCK}${UNLOCK}r7 += 1\nif r7 < 10 goto -6`),
  held('taken in each round, not given', `r7 = 0\n${LOCK}r7 += 1\nif r7 < 10 goto -4\n${UNLOCK}`),
  held('two looks at one element', `${value('lockedhash').replace('r6 = r0', 'r7 = r0')}${LOCK}r1 = r7\ncall spin_unlock`),
  held('two elements of one map', `${value('lockedhash', 5).replace('r6 = r0', 'r7 = r0')}${LOCK}r1 = r7\ncall spin_unlock`),
  held('two maps', `${value('locked').replace('r6 = r0', 'r7 = r0')}${LOCK}r1 = r7\ncall spin_unlock`),
  held('two locks at once', `${value('locked').replace('r6 = r0', 'r7 = r0')}${LOCK}r1 = r7\ncall spin_lock\nr1 = r7\ncall spin_unlock\n${UNLOCK}`),
  held('the pointer is copied', `r7 = r6\n${LOCK}r1 = r7\ncall spin_unlock`),
  held('the pointer is spilled', `*(u64 *)(r10 - 16) = r6\n${LOCK}r1 = *(u64 *)(r10 - 16)\ncall spin_unlock`),
  held('the pointer is spilled under it', `${LOCK}*(u64 *)(r10 - 16) = r6\nr1 = *(u64 *)(r10 - 16)\ncall spin_unlock`),
  held('direct value', 'r1 = map[late][0] + 8 ll\ncall spin_lock\nr1 = map[late][0] + 8 ll\ncall spin_unlock'),
  held('direct value, wrong offset', 'r1 = map[late][0] + 0 ll\ncall spin_lock'),
  held('direct value and looked-up value', 'r1 = map[late][0] + 8 ll\ncall spin_lock\nr1 = r6\nr1 += 8\ncall spin_unlock', { map: 'late' }),
  held('value that may be NULL', 'r2 = r10\nr2 += -4\nr1 = map[lockedhash] ll\ncall map_lookup_elem\nr1 = r0\ncall spin_lock'),
  held('constant key', LOCK + UNLOCK, { map: 'locked' }),
  { name: 'constant key, without a check', code: `*(u64 *)(r10 - 8) = 0\n*(u32 *)(r10 - 8) = 1\nr2 = r10\nr2 += -8\nr1 = map[locked] ll\ncall map_lookup_elem\nr6 = r0\n${LOCK}${UNLOCK}${END}` },
  { name: 'constant key, two looks', code: `*(u32 *)(r10 - 8) = 1\nr2 = r10\nr2 += -8\nr1 = map[locked] ll\ncall map_lookup_elem\nr6 = r0\nr2 = r10\nr2 += -8\nr1 = map[locked] ll\ncall map_lookup_elem\nr7 = r0\n${LOCK}r1 = r7\ncall spin_unlock\n${END}` },
  held('a static function is called under it', `${LOCK}call f\n${UNLOCK}`, { rest: `f:\n${END}` }),
  held('a static function gives it back', `${LOCK}r1 = r6\ncall f`, { rest: `f:\ncall spin_unlock\n${END}` }),
  held('a static function takes it', `r1 = r6\ncall f\n${UNLOCK}`, { rest: `f:\ncall spin_lock\n${END}` }),
  held('a static function takes it and ends', 'r1 = r6\ncall f', { rest: `f:\ncall spin_lock\n${END}` }),
  held('a static function calls a helper under it', `${LOCK}call f\n${UNLOCK}`, { rest: `f:\ncall get_prandom_u32\n${END}` }),
  held('a global function is called under it', `${LOCK}r1 = 1\ncall f\n${UNLOCK}`, { rest: `f:\n${END}`, functions: { main: MAIN, f: 'int f(int a)' } }),
  held('a global function is called under it, wrongly', `${LOCK}r1 = r10\ncall f\n${UNLOCK}`, { rest: `f:\n${END}`, functions: { main: MAIN, f: 'int f(int a)' } }),
  held('bpf_loop under it', `${LOCK}r1 = 1\nr2 = func[f] ll\nr3 = 0\nr4 = 0\ncall loop\n${UNLOCK}`, { rest: `f:\n${END}`, functions: { main: MAIN, f: 'static int f(u64 a, void *b)' } }),
  held('taken in a callback and kept', `r1 = 1\nr2 = func[f] ll\nr3 = r10\nr3 += -16\n*(u64 *)(r10 - 16) = r6\nr4 = 0\ncall loop`, { rest: `f:\nr1 = *(u64 *)(r2 + 0)\ncall spin_lock\n${END}`, functions: { main: MAIN, f: 'static int f(u64 a, void *b)' } }),
  held('taken and given in a callback', `r1 = 1\nr2 = func[f] ll\nr3 = r10\nr3 += -16\n*(u64 *)(r10 - 16) = r6\nr4 = 0\ncall loop`, { rest: `f:\nr6 = *(u64 *)(r2 + 0)\n${LOCK}${UNLOCK}${END}`, functions: { main: MAIN, f: 'static int f(u64 a, void *b)' } }),
  held('a tail call under it', `${LOCK}r1 = r9\nr2 = map[programs] ll\nr3 = 0\ncall tail_call\n${UNLOCK}`),
  held('a packet load under it', `r8 = r6\nr6 = r9\nr1 = r8\ncall spin_lock\nr0 = *(u8 *)skb[0]\nr1 = r8\ncall spin_unlock`),
  held('the context is read under it', `${LOCK}r1 = *(u32 *)(r9 + 0)\n${UNLOCK}`),
  held('the packet is read under it', `r7 = *(u32 *)(r9 + 76)\nr8 = *(u32 *)(r9 + 80)\nr2 = r7\nr2 += 1\nif r2 > r8 goto out\n${LOCK}r1 = *(u8 *)(r7 + 0)\n${UNLOCK}`),
  held('a kernel function is called under it', `${LOCK}.raw 0x85 0 2 0 1\n${UNLOCK}`),
  held('in a socket filter', LOCK + UNLOCK, { type: 1 }),
  held('in XDP', LOCK + UNLOCK, { type: 6 }),
  held('in a cgroup program', LOCK + UNLOCK, { type: 8 }),
  held('in a tracepoint', LOCK + UNLOCK, { type: 5 }),
  held('in a raw tracepoint', LOCK + UNLOCK, { type: 17 }),
  held('in a perf event', LOCK + UNLOCK, { type: 7 }),
  held('in a syscall program', LOCK + UNLOCK, { type: 31, flags: 16 }),
  held('the map in a socket filter, unused', '', { type: 1 }),
  held('the value is a key', `r1 = map[small] ll\nr2 = r6\ncall map_lookup_elem`),
  held('the value is a key, behind the lock', `r1 = map[small] ll\nr2 = r6\nr2 += 4\ncall map_lookup_elem`),
  held('the value is a value', `r1 = map[lockedhash] ll\nr2 = r10\nr2 += -4\nr3 = r6\nr4 = 0\ncall map_update_elem`),
  held('an update from the stack', `*(u64 *)(r10 - 24) = 0\n*(u64 *)(r10 - 16) = 0\nr1 = map[lockedhash] ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -24\nr4 = 0\ncall map_update_elem`),
  held('an update with BPF_F_LOCK', `*(u64 *)(r10 - 24) = 0\n*(u64 *)(r10 - 16) = 0\nr1 = map[lockedhash] ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -24\nr4 = 4\ncall map_update_elem`),
  { name: 'inner map', code: `r9 = r1\n*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = map[outerlocked] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\n${LOCK}${UNLOCK}out:\n${END}` },
  { name: 'inner map, given back through another look at the outer one', code: `*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = map[outerlocked] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\nr2 = r10\nr2 += -4\nr1 = map[outerlocked] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr7 = r0\n${LOCK}r1 = r7\ncall spin_unlock\nout:\n${END}` },
  { name: 'inner map, two looks at the inner one', code: `*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = map[outerlocked] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr8 = r0\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\nr1 = r8\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr7 = r0\n${LOCK}r1 = r7\ncall spin_unlock\nout:\n${END}` },
  { name: 'inner map, the lock is read', code: `*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = map[outerlocked] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = *(u32 *)(r0 + 0)\nout:\n${END}` },
]); // biome-ignore format: one program a line
