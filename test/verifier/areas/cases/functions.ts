/** Functions of the program: global ones by their BTF, static ones, and what holds a program together. */
import { type Case, grid } from '../case.js';
import { END } from '../parts.js';

const SKB = 'int main(struct __sk_buff *ctx)';
const LOOKUP = `*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map[array] ll
call map_lookup_elem
`;

/** Main sets r1 and calls `f`; `body` is the global function. */
function calls(name: string, prototype: string, before: string, body: string, more: Partial<Case> = {}): Case {
  return {
    name,
    code: `${before}\ncall f\n${END}f:\n${body}`,
    functions: { main: SKB, f: prototype },
    ...more,
  };
}

const LOAD_A = 'r0 = *(u32 *)(r1 + 0)\nexit';
const CHECKED = `if r1 == 0 goto +2\nr0 = *(u32 *)(r1 + 4)\nexit\n${END}`;
const SCALAR = 'r0 = r1\nexit';

const globals: Case[] = grid('global', {}, [
  calls('scalar argument', 'int f(int a)', 'r1 = 5', SCALAR),
  calls('scalar argument given a pointer', 'int f(int a)', 'r1 = r10', SCALAR),
  calls('scalar argument given the context', 'int f(u64 a)', '', SCALAR),
  calls('scalar argument not set', 'int f(int a, int b)', 'r1 = 1', SCALAR),
  calls('scalar argument after a call', 'int f(int a)', 'call get_prandom_u32', SCALAR),
  calls('five arguments', 'int f(int a, int b, int c, int d, int e)', 'r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5', 'r0 = r5\nexit'),
  calls('five arguments, the last not set', 'int f(int a, int b, int c, int d, int e)', 'r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4', 'r0 = r5\nexit'),
  calls('six arguments', 'int f(int a, int b, int c, int d, int e, int g)', 'r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5', 'r0 = r5\nexit'),
  calls('no argument', 'int f(void)', '', END),
  calls('no argument but reads r1', 'int f(void)', '', SCALAR),
  calls('one argument but reads r2', 'int f(int a)', 'r1 = 1', 'r0 = r2\nexit'),
  calls('enumeration', 'int f(enum e a)', 'r1 = 1', SCALAR),
  calls('bool', 'int f(bool a)', 'r1 = 1', SCALAR),
  calls('typedef of int', 'int f(number a)', 'r1 = 1', SCALAR),
  calls('const int', 'int f(const int a)', 'r1 = 1', SCALAR),
  calls('char argument is not narrowed', 'int f(char a)', 'r1 = 1', `if r1 > 255 goto +1\n${END}r1 = *(u8 *)(r1 + 0)\n${END}`),
  calls('struct by value', 'int f(struct pair a)', 'r1 = 1', SCALAR),
  calls('union by value', 'int f(union both a)', 'r1 = 1', SCALAR),
  calls('float', 'int f(float a)', 'r1 = 1', SCALAR),
  calls('returns void', 'void f(int a)', 'r1 = 1', END),
  calls('returns void without r0', 'void f(int a)', 'r1 = 1', 'exit'),
  calls('returns a pointer', 'struct pair *f(int a)', 'r1 = 1', END),
  calls('returns a struct', 'struct pair f(int a)', 'r1 = 1', END),
  calls('returns long', 'long f(int a)', 'r1 = 1', END),
  calls('returns an enumeration', 'enum e f(int a)', 'r1 = 1', END),
  calls('returns a typedef', 'number f(int a)', 'r1 = 1', END),
  calls('returns nothing in r0', 'int f(int a)', 'r1 = 1', 'exit'),
  calls('returns a pointer in r0', 'int f(int a)', 'r1 = 1', 'r0 = r10\nexit'),
  calls('returns the context in r0', 'int f(struct __sk_buff *a)', '', 'r0 = r1\nexit'),
  calls('result is a scalar of which nothing is known', 'int f(int a)', 'r1 = 1', END, {
    code: `r1 = 1\ncall f\nif r0 != 0 goto +2\n${END}r0 = *(u8 *)(r0 + 0)\nexit\nf:\n${END}`,
  }),
  calls('clears the caller saved registers', 'int f(int a)', 'r1 = 1', END, {
    code: `r1 = 1\nr5 = 5\ncall f\nr0 = r5\nexit\nf:\n${END}`,
  }),
  calls('keeps the callee saved registers', 'int f(int a)', 'r1 = 1', END, {
    code: `r1 = 1\nr6 = 5\ncall f\nr0 = r6\nexit\nf:\n${END}`,
  }),
  calls('callee does not see r6', 'int f(int a)', 'r1 = 1\nr6 = 5', 'r0 = r6\nexit'),
  calls('context', 'int f(struct __sk_buff *a)', '', LOAD_A),
  calls('context given a scalar', 'int f(struct __sk_buff *a)', 'r1 = 5', LOAD_A),
  calls('context given the stack', 'int f(struct __sk_buff *a)', 'r1 = r10', LOAD_A),
  calls('context moved', 'int f(struct __sk_buff *a)', 'r1 += 8', LOAD_A),
  calls('context given NULL', 'int f(struct __sk_buff *a)', 'r1 = 0', LOAD_A),
  calls('context of another type', 'int f(struct xdp_md *a)', '', LOAD_A),
  calls('context of XDP', 'int f(struct xdp_md *a)', '', LOAD_A, { type: 6 }),
  calls('context as the tag says', 'int f(void *a __arg_ctx)', '', LOAD_A),
  calls('context as the tag says, to a scalar', 'int f(int a __arg_ctx)', '', LOAD_A),
  calls('context tag on another struct', 'int f(struct pair *a __arg_ctx)', '', LOAD_A),
  calls('context tag on the struct', 'int f(struct __sk_buff *a __arg_ctx)', '', LOAD_A),
  calls('context of a tracepoint by tag', 'int f(void *a __arg_ctx)', '', 'r0 = *(u64 *)(r1 + 8)\nexit', { type: 5 }),
  calls('context of a raw tracepoint', 'int f(struct bpf_raw_tracepoint_args *a)', '', 'r0 = *(u64 *)(r1 + 0)\nexit', { type: 17 }),
  calls('context of a raw tracepoint by tag on u64', 'int f(u64 *a __arg_ctx)', '', 'r0 = *(u64 *)(r1 + 0)\nexit', { type: 17 }),
  calls('context of a perf event', 'int f(struct bpf_perf_event_data *a)', '', 'r0 = *(u64 *)(r1 + 0)\nexit', { type: 7 }),
  calls('context of a perf event as pt_regs by tag', 'int f(struct pt_regs *a __arg_ctx)', '', 'r0 = *(u64 *)(r1 + 0)\nexit', { type: 7 }),
  calls('context of a syscall program by tag', 'int f(void *a __arg_ctx)', '', 'r0 = *(u64 *)(r1 + 0)\nexit', { type: 31, flags: 16 }),
  calls('context of a cgroup program', 'int f(struct __sk_buff *a)', '', LOAD_A, { type: 8 }),
  calls('context tag with nonnull', 'int f(void *a __arg_ctx __arg_nonnull)', '', LOAD_A),
  calls('unknown tag', 'int f(void *a __arg_fancy)', '', LOAD_A),
  calls('tag nonnull on a scalar', 'int f(int a __arg_nonnull)', 'r1 = 1', SCALAR),
  calls('tag nullable on memory', 'int f(int *a __arg_nullable)', 'r1 = 0', CHECKED),
  calls('tag on a static function', 'static int f(void *a __arg_ctx)', '', LOAD_A),
  calls('tag untrusted on int', 'int f(int *a __arg_untrusted)', 'r1 = 7', LOAD_A),
  calls('tag untrusted, written', 'int f(int *a __arg_untrusted)', 'r1 = 7', `*(u32 *)(r1 + 0) = 1\n${END}`),
  calls('tag untrusted on void', 'int f(void *a __arg_untrusted)', 'r1 = 7', LOAD_A),
  calls('tag arena', 'int f(void *a __arg_arena)', 'r1 = 7', LOAD_A),
  calls('tag trusted on task_struct', 'int f(struct task_struct *a __arg_trusted)', 'r1 = 0', END),
  calls('tag trusted with nonnull', 'int f(struct task_struct *a __arg_trusted __arg_nonnull)', 'r1 = 0', END),
]); // biome-ignore format: one program a line

const memory: Case[] = grid('global memory', {}, [
  calls('stack', 'int f(struct pair *a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', CHECKED),
  calls('stack, not checked for NULL', 'int f(struct pair *a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', LOAD_A),
  calls('stack, too short', 'int f(struct pair *a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -4', CHECKED),
  calls('stack, not written', 'int f(struct pair *a)', 'r1 = r10\nr1 += -8', CHECKED),
  calls('stack, above it', 'int f(struct pair *a)', 'r1 = r10', CHECKED),
  calls('stack, below it', 'int f(struct pair *a)', 'r1 = r10\nr1 += -520', CHECKED),
  calls('stack with a spilled pointer', 'int f(struct pair *a)', '*(u64 *)(r10 - 8) = r1\nr1 = r10\nr1 += -8', CHECKED),
  calls('stack is unknown afterwards', 'int f(int *a)', '', CHECKED, {
    code: `*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\ncall f\nr1 = *(u64 *)(r10 - 8)\nif r1 == 0 goto +1\nr0 = *(u8 *)(r1 + 0)\n${END}f:\n${END}`,
  }),
  calls('NULL', 'int f(struct pair *a)', 'r1 = 0', CHECKED),
  calls('a number', 'int f(struct pair *a)', 'r1 = 1', CHECKED),
  calls('an unknown number', 'int f(struct pair *a)', 'call get_prandom_u32\nr1 = r0', CHECKED),
  calls('the context', 'int f(struct pair *a)', '', CHECKED),
  calls('the packet', 'int f(struct pair *a)', 'r2 = *(u32 *)(r1 + 80)\nr1 = *(u32 *)(r1 + 76)\nr3 = r1\nr3 += 8\nif r3 > r2 goto +1', CHECKED),
  calls('the packet, too short', 'int f(struct pair *a)', 'r2 = *(u32 *)(r1 + 80)\nr1 = *(u32 *)(r1 + 76)\nr3 = r1\nr3 += 7\nif r3 > r2 goto +1', CHECKED, {
    code: `r2 = *(u32 *)(r1 + 80)\nr1 = *(u32 *)(r1 + 76)\nr3 = r1\nr3 += 7\nif r3 > r2 goto +1\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('the packet, long enough', 'int f(struct pair *a)', '', CHECKED, {
    code: `r2 = *(u32 *)(r1 + 80)\nr1 = *(u32 *)(r1 + 76)\nr3 = r1\nr3 += 8\nif r3 > r2 goto +1\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('read-only packet', 'int f(struct pair *a)', '', CHECKED, {
    type: 8,
    code: `r2 = *(u32 *)(r1 + 80)\nr1 = *(u32 *)(r1 + 76)\nr3 = r1\nr3 += 8\nif r3 > r2 goto +1\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('map value or null', 'int f(struct pair *a)', `${LOOKUP}r1 = r0`, CHECKED),
  calls('map value or null to nonnull', 'int f(struct pair *a __arg_nonnull)', `${LOOKUP.replace('array', 'small')}r1 = r0`, LOAD_A),
  calls('value of a hash or null', 'int f(struct pair *a)', `${LOOKUP.replace('array', 'small')}r1 = r0`, CHECKED),
  calls('map value', 'int f(struct pair *a)', '', CHECKED, {
    code: `${LOOKUP}if r0 == 0 goto +2\nr1 = r0\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('map value at its end', 'int f(struct pair *a)', '', CHECKED, {
    code: `${LOOKUP}if r0 == 0 goto +3\nr1 = r0\nr1 += 40\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('map value beyond its end', 'int f(struct pair *a)', '', CHECKED, {
    code: `${LOOKUP}if r0 == 0 goto +3\nr1 = r0\nr1 += 41\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('read-only map value', 'int f(struct pair *a)', '', CHECKED, {
    code: `r1 = map[rounfrozen][0] + 0 ll\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('write-only map value', 'int f(struct pair *a)', '', CHECKED, {
    code: `${LOOKUP.replace('array', 'writeonly')}if r0 == 0 goto +2\nr1 = r0\ncall f\n${END}f:\n${CHECKED}`,
  }),
  calls('direct map value', 'int f(struct pair *a)', 'r1 = map[one][0] + 8 ll', CHECKED),
  calls('value with a lock in reach', 'int f(struct pair *a)', 'r1 = map[late][0] + 8 ll', CHECKED),
  calls('value beside a lock', 'int f(struct pair *a)', 'r1 = map[late][0] + 0 ll', CHECKED),
  calls('map', 'int f(struct pair *a)', 'r1 = map[array] ll', CHECKED),
  calls('record', 'int f(struct pair *a)', '', CHECKED, {
    code: `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +6\nr6 = r0\nr1 = r0\ncall f\nr1 = r6\nr2 = 0\ncall ringbuf_submit\n${END}f:\n${CHECKED}`,
  }),
  calls('record, too short', 'int f(struct triple *a)', '', CHECKED, {
    code: `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +6\nr6 = r0\nr1 = r0\ncall f\nr1 = r6\nr2 = 0\ncall ringbuf_submit\n${END}f:\n${CHECKED}`,
  }),
  calls('nonnull given the stack', 'int f(struct pair *a __arg_nonnull)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', LOAD_A),
  calls('nonnull given NULL', 'int f(struct pair *a __arg_nonnull)', 'r1 = 0', LOAD_A),
  calls('reads the last byte', 'int f(struct pair *a __arg_nonnull)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', 'r0 = *(u8 *)(r1 + 7)\nexit'),
  calls('reads beyond', 'int f(struct pair *a __arg_nonnull)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', 'r0 = *(u8 *)(r1 + 8)\nexit'),
  calls('reads before', 'int f(struct pair *a __arg_nonnull)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', 'r0 = *(u8 *)(r1 - 1)\nexit'),
  calls('writes', 'int f(struct pair *a __arg_nonnull)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', `*(u64 *)(r1 + 0) = 1\n${END}`),
  calls('variable offset in range', 'int f(struct triple *a __arg_nonnull, u64 n)', 'r2 = 0\n*(u64 *)(r10 - 24) = 0\nr1 = r10\nr1 += -24', 'r2 &= 15\nr1 += r2\nr0 = *(u64 *)(r1 + 1)\nexit'),
  calls('variable offset out of range', 'int f(struct triple *a __arg_nonnull, u64 n)', 'r2 = 0\n*(u64 *)(r10 - 24) = 0\nr1 = r10\nr1 += -24', 'r2 &= 15\nr1 += r2\nr0 = *(u64 *)(r1 + 2)\nexit'),
  calls('int pointer', 'int f(int *a)', '*(u32 *)(r10 - 4) = 0\nr1 = r10\nr1 += -4', `if r1 == 0 goto +2\nr0 = *(u32 *)(r1 + 0)\nexit\n${END}`),
  calls('char pointer, one byte', 'int f(char *a)', '*(u32 *)(r10 - 4) = 0\nr1 = r10\nr1 += -4', `if r1 == 0 goto +2\nr0 = *(u16 *)(r1 + 0)\nexit\n${END}`),
  calls('array pointer', 'int f(char (*a)[16])', '*(u64 *)(r10 - 16) = 0\nr1 = r10\nr1 += -16', `if r1 == 0 goto +2\nr0 = *(u64 *)(r1 + 8)\nexit\n${END}`),
  calls('pointer to pointer', 'int f(struct pair **a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', `if r1 == 0 goto +2\nr0 = *(u64 *)(r1 + 0)\nexit\n${END}`),
  calls('void pointer', 'int f(void *a)', 'r1 = 0', END),
  calls('pointer to an unknown struct', 'int f(struct unknown *a)', 'r1 = 0', END),
  calls('pointer to an empty struct', 'int f(struct empty *a)', 'r1 = 0', END),
  calls('const pointer', 'int f(const struct pair *a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', `if r1 == 0 goto +1\n*(u32 *)(r1 + 0) = 1\n${END}`),
  calls('typedef of a struct', 'int f(pair_t *a)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8', CHECKED),
  calls('large struct', 'int f(struct big *a)', 'r1 = map[big][0] + 0 ll', `if r1 == 0 goto +2\nr0 = *(u64 *)(r1 + 4088)\nexit\n${END}`),
  calls('large struct, one byte less', 'int f(struct big *a)', 'r1 = map[big][0] + 1 ll', CHECKED),
  calls('comes back as the same pointer', 'int f(struct pair *a, struct pair *b)', '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\nr2 = r1', `if r1 == 0 goto +2\nr0 = *(u32 *)(r2 + 0)\nexit\n${END}`),
  calls('argument is spilled and checked later', 'int f(struct pair *a)', 'r1 = 0', `*(u64 *)(r10 - 8) = r1\nif r1 == 0 goto +3\nr2 = *(u64 *)(r10 - 8)\nr0 = *(u32 *)(r2 + 0)\nexit\n${END}`),
]); // biome-ignore format: one program a line

const dynptrs: Case[] = grid('global dynptr', {}, [
  calls('parameter is read', 'int f(struct bpf_dynptr *a)', '', '', {
    code: `r1 = map[one][0] + 0 ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall dynptr_from_mem\nr1 = r10\nr1 += -16\ncall f\n${END}
f:\nr3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr4 = 0\nr5 = 0\n*(u64 *)(r10 - 8) = 0\ncall dynptr_read\n${END}`,
  }),
  calls('parameter is written through', 'int f(struct bpf_dynptr *a)', '', '', {
    code: `r1 = map[one][0] + 0 ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall dynptr_from_mem\nr1 = r10\nr1 += -16\ncall f\n${END}
f:\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\n*(u64 *)(r10 - 8) = 0\ncall dynptr_write\n${END}`,
  }),
  calls('not initialised', 'int f(struct bpf_dynptr *a)', 'r1 = r10\nr1 += -16', END),
  calls('not the stack', 'int f(struct bpf_dynptr *a)', 'r1 = map[one][0] + 0 ll', END),
  calls('a scalar', 'int f(struct bpf_dynptr *a)', 'r1 = 0', END),
  calls('loaded from', 'int f(struct bpf_dynptr *a)', '', '', {
    code: `r1 = map[one][0] + 0 ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall dynptr_from_mem\nr1 = r10\nr1 += -16\ncall f\n${END}
f:\nr0 = *(u64 *)(r1 + 0)\n${END}`,
  }),
  calls('given back by the callee', 'int f(struct bpf_dynptr *a)', '', '', {
    code: `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall ringbuf_reserve_dynptr\nr1 = r10\nr1 += -16\ncall f\n${END}
f:\nr2 = 0\ncall ringbuf_submit_dynptr\n${END}`,
  }),
  calls('given back by the caller', 'int f(struct bpf_dynptr *a)', '', '', {
    code: `r1 = map[ring] ll\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall ringbuf_reserve_dynptr\nr1 = r10\nr1 += -16\ncall f\nr1 = r10\nr1 += -16\nr2 = 0\ncall ringbuf_submit_dynptr\n${END}
f:\n${END}`,
  }),
  calls('tag on it', 'int f(struct bpf_dynptr *a __arg_nonnull)', 'r1 = 0', END),
]); // biome-ignore format: one program a line

const verification: Case[] = grid('verified alone', {}, [
  calls('an error in the callee', 'int f(int a)', 'r1 = 4', 'r0 = *(u8 *)(r1 + 0)\nexit'),
  calls('argument bounds are not known', 'int f(u64 a)', 'r1 = 4', 'r2 = r10\nr2 += -8\nr2 += r1\n*(u8 *)(r2 + 0) = 1\nr0 = 0\nexit'),
  { name: 'never called, with an error', code: `${END}f:\nr0 = *(u8 *)(r1 + 0)\nexit`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'called in dead code only', code: `r0 = 0\nif r0 == 0 goto +2\nr1 = 1\ncall f\nexit\nf:\nr0 = *(u8 *)(r1 + 0)\nexit`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'calls another global', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 1\ncall g\nexit\ng:\n${SCALAR}`, functions: { main: SKB, f: 'int f(int a)', g: 'int g(int a)' } },
  { name: 'calls another global with a wrong argument', code: `r1 = 1\ncall f\nexit\nf:\nr1 = r10\ncall g\nexit\ng:\n${SCALAR}`, functions: { main: SKB, f: 'int f(int a)', g: 'int g(int a)' } },
  { name: 'the other global is bad', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 1\ncall g\nexit\ng:\nr0 = *(u8 *)(r1 + 0)\nexit`, functions: { main: SKB, f: 'int f(int a)', g: 'int g(int a)' } },
  { name: 'calls itself', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 1\ncall f\nexit`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'two call each other', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 1\ncall g\nexit\ng:\nr1 = 1\ncall f\nexit`, functions: { main: SKB, f: 'int f(int a)', g: 'int g(int a)' } },
  { name: 'global calls main', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 0\ncall -4\nexit`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'static recursion', code: `r1 = 1\ncall f\nexit\nf:\nr1 = 1\ncall f\nexit`, functions: { main: SKB, f: 'static int f(int a)' } },
  { name: 'static is not checked against its prototype', code: `r1 = r10\nr2 = 3\ncall f\nexit\nf:\nr0 = r2\nexit`, functions: { main: SKB, f: 'static int f(int a)' } },
  { name: 'static with a struct argument', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}`, functions: { main: SKB, f: 'static int f(struct pair a)' } },
  { name: 'static returns the context', code: `call f\nr0 = *(u32 *)(r0 + 0)\nexit\nf:\n${SCALAR}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *a)' } },
  { name: 'static returns its stack', code: `call f\n${END}f:\nr0 = r10\nexit`, functions: { main: SKB, f: 'static int f(void)' } },
  { name: 'static returns the stack of its caller', code: `r1 = r10\ncall f\n${END}f:\nr0 = r1\nexit`, functions: { main: SKB, f: 'static int f(void)' } },
  { name: 'static leaves r0 alone', code: `call f\nr0 = 1\nexit\nf:\nexit`, functions: { main: SKB, f: 'static void f(void)' } },
  { name: 'static leaves r0 alone, and it is read', code: `call f\nexit\nf:\nexit`, functions: { main: SKB, f: 'static void f(void)' } },
  { name: 'main returns void', code: END, functions: { main: 'void main(struct __sk_buff *ctx)' } },
  { name: 'main is static', code: END, functions: { main: 'static int main(struct __sk_buff *ctx)' } },
  { name: 'main takes six arguments', code: END, functions: { main: 'int main(int a, int b, int c, int d, int e, int g)' } },
  { name: 'main takes nothing', code: 'r0 = *(u32 *)(r1 + 0)\nexit', functions: { main: 'int main(void)' } },
  { name: 'main calls main', code: `r1 = r1\ncall -2\nexit`, functions: { main: SKB } },
  { name: 'packet pointers survive a global that changes nothing', code: `r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +2\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\nr0 = 1\nexit`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)' } },
  { name: 'packet pointers are lost by a global that pulls data', code: `r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +2\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\nr2 = 8\ncall skb_pull_data\n${END}`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)' } },
  { name: 'packet pointers are lost by what a global calls', code: `r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +2\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\ncall g\nexit\ng:\nr2 = 8\ncall skb_pull_data\n${END}`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)', g: 'static int g(struct __sk_buff *c)' } },
  { name: 'packet pointers are lost by a static that pulls data', code: `r7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +2\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\nr2 = 8\ncall skb_pull_data\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)' } },
  { name: 'packet pointers survive a static that would pull but does not', code: `r7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +3\nr2 = 0\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\nif r2 == 0 goto +2\nr2 = 8\ncall skb_pull_data\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c, int n)' } },
  { name: 'packet pointers are lost by a global in whose dead code data is pulled', code: `r6 = r1\nr7 = *(u32 *)(r1 + 76)\nr8 = *(u32 *)(r1 + 80)\nr2 = r7\nr2 += 8\nif r2 > r8 goto +2\ncall f\nr0 = *(u8 *)(r7 + 0)\n${END}f:\nr0 = 0\nif r0 == 0 goto +2\nr2 = 8\ncall skb_pull_data\n${END}`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)' } },
  { name: 'reference held over a global call', code: `r1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +6\nr6 = r0\nr1 = 1\ncall f\nr1 = r6\nr2 = 0\ncall ringbuf_submit\n${END}f:\n${END}`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'reference leaks in a global', code: `r1 = 1\ncall f\n${END}f:\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n${END}`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'reference leaks in a static', code: `r1 = 1\ncall f\n${END}f:\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n${END}`, functions: { main: SKB, f: 'static int f(int a)' } },
  { name: 'static gives a reference to its caller', code: `r1 = 1\ncall f\nif r0 == 0 goto +3\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n${END}f:\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nexit`, functions: { main: SKB, f: 'static int f(int a)' } },
]); // biome-ignore format: one program a line

const NONE: Partial<Case> = {};
const structure: Case[] = grid('structure', NONE, [
  { name: 'function without BTF', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}` },
  { name: 'jump into the next function', code: `r1 = 1\ncall f\nif r0 == 0 goto +1\nexit\nf:\n${SCALAR}` },
  { name: 'jump back into main', code: `r1 = 1\ncall f\nexit\nf:\nif r1 == 0 goto -2\n${SCALAR}` },
  { name: 'jump out of the program', code: 'if r1 == 0 goto +5\nr0 = 0\nexit' },
  { name: 'jump before the program', code: 'if r1 == 0 goto -3\nr0 = 0\nexit' },
  { name: 'jump to the last slot but one', code: 'r0 = 0\ngoto +0\nexit' },
  { name: 'jump just behind the end', code: 'r0 = 0\ngoto +1\nexit' },
  { name: 'main falls into a function', code: `r1 = 1\ncall f\nr0 = 0\nf:\n${SCALAR}` },
  { name: 'main ends with a jump back', code: 'r0 = 0\nif r1 == 0 goto +1\nexit\ngoto -2' },
  { name: 'main ends with a conditional jump', code: 'r0 = 0\nexit\nif r1 == 0 goto -2' },
  { name: 'main ends with a call', code: 'r0 = 0\ncall get_prandom_u32' },
  { name: 'main ends with a call of a function', code: 'call f\nexit\nf:\nr0 = 0\ncall get_prandom_u32' },
  { name: 'call to behind the end', code: 'call +2\nr0 = 0\nexit' },
  { name: 'call to before the start', code: 'call -2\nr0 = 0\nexit' },
  { name: 'call to itself', code: 'call -1\nr0 = 0\nexit' },
  { name: 'call into a load-immediate', code: 'call +2\nexit\nr1 = 5 ll\nr0 = 0\nexit' },
  { name: 'jump into a load-immediate', code: 'goto +1\nr1 = 5 ll\nr0 = 0\nexit' },
  { name: 'unreachable instruction', code: 'r0 = 0\nexit\nr0 = 1\nexit' },
  { name: 'unreachable behind a jump', code: 'r0 = 0\ngoto +1\nr0 = 1\nexit' },
  { name: 'dead but reached by the graph', code: 'r0 = 0\nif r0 == 0 goto +1\nr0 = *(u8 *)(r0 + 0)\nexit' },
  { name: 'function that nobody calls, without BTF', code: `r0 = 0\nexit\nr0 = 1\nexit` },
  { name: 'load-immediate at the end', code: 'r0 = 0\nexit\n.raw 0x18 1 0 0 5' },
  { name: 'only a load-immediate', code: '.raw 0x18 1 0 0 5' },
  { name: 'only exit', code: 'exit' },
  { name: 'only a jump to itself', code: 'goto -1' },
  { name: 'gotol forward', code: 'r0 = 0\ngotol +0\nexit' },
  { name: 'gotol out of range', code: 'r0 = 0\ngotol +1\nexit' },
  { name: 'gotol far out of range', code: 'r0 = 0\ngotol +100000\nexit' },
  { name: 'gotol back, endless', code: 'r0 = 0\ngotol -1\nexit' },
  { name: 'gotol across functions', code: `r1 = 1\ncall f\ngotol +0\nf:\n${SCALAR}` },
  { name: 'exit with reserved fields', code: 'r0 = 0\n.raw 0x95 0 0 0 1' },
  { name: 'exit with an offset', code: 'r0 = 0\n.raw 0x95 0 0 1 0' },
  { name: 'exit with a register', code: 'r0 = 0\n.raw 0x95 1 0 0 0' },
]); // biome-ignore format: one program a line

/** A chain of `depth` calls, each with `stack` bytes. */
function chain(
  depth: number,
  stack: number,
  kind: 'static' | 'global' | 'none',
  body = '',
): Partial<Case> & { code: string } {
  const use = stack === 0 ? '' : `*(u8 *)(r10 - ${stack}) = 0\n`;
  let code = `${use}${depth > 0 ? 'call f1\n' : ''}${END}`;
  const functions: Record<string, string> = { main: SKB };
  for (let i = 1; i <= depth; i++) {
    code += `f${i}:\n${use}${i === depth ? body : `call f${i + 1}\n`}${END}`;
    functions[`f${i}`] = `${kind === 'static' ? 'static ' : ''}int f${i}(void)`;
  }
  return kind === 'none' ? { code } : { code, functions };
}

const tail = (call: string): string => `r2 = map[programs] ll\nr3 = 0\n${call}`;
const depth: Case[] = grid('depth', {}, [
  { name: 'eight frames', ...chain(7, 0, 'none') },
  { name: 'nine frames', ...chain(8, 0, 'none') },
  { name: 'nine frames of global functions', ...chain(8, 0, 'global') },
  { name: 'nine frames of static functions', ...chain(8, 0, 'static') },
  { name: 'sixteen frames of global functions', ...chain(15, 0, 'global') },
  { name: 'stack 512 in one', ...chain(0, 512, 'none') },
  { name: 'stack 513 in one', ...chain(0, 513, 'none') },
  { name: 'stack 256 twice', ...chain(1, 256, 'none') },
  { name: 'stack 257 twice', ...chain(1, 257, 'none') },
  { name: 'stack 264 twice', ...chain(1, 264, 'none') },
  { name: 'stack 64 eight times', ...chain(7, 64, 'none') },
  { name: 'stack 65 eight times', ...chain(7, 65, 'none') },
  { name: 'stack 1 eight times', ...chain(7, 1, 'none') },
  { name: 'stack 256 twice, global', ...chain(1, 256, 'global') },
  { name: 'stack 264 twice, global', ...chain(1, 264, 'global') },
  { name: 'stack 64 nine times, global', ...chain(8, 64, 'global') },
  { name: 'stack 264 twice, tracepoint', ...chain(1, 264, 'none'), type: 5 },
  { name: 'stack 512 thrice, raw tracepoint', ...chain(2, 512, 'none'), type: 17 },
  { name: 'stack 56 ten times, perf event', ...chain(7, 56, 'none'), type: 7 },
  { name: 'stack 264 twice, XDP', ...chain(1, 264, 'none'), type: 6 },
  { name: 'stack 264 twice, socket filter', ...chain(1, 264, 'none'), type: 1 },
  { name: 'stack 264 twice, syscall', ...chain(1, 264, 'none'), type: 31, flags: 16 },
  { name: 'stack of the deeper branch', code: `*(u8 *)(r10 - 256) = 0\ncall f\ncall g\n${END}f:\n*(u8 *)(r10 - 8) = 0\n${END}g:\n*(u8 *)(r10 - 264) = 0\n${END}` },
  { name: 'stack of a dead call counts', code: `*(u8 *)(r10 - 512) = 0\nr0 = 0\nif r0 == 0 goto +1\ncall f\n${END}f:\n*(u8 *)(r10 - 8) = 0\n${END}` },
  { name: 'tail call in main', code: `*(u8 *)(r10 - 512) = 0\n${tail('call tail_call')}\n${END}` },
  { name: 'tail call in a subprogram without BTF', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}` },
  { name: 'tail call in a subprogram with BTF', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram that returns void', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static void f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram that returns a pointer', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int *f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram that returns an enum', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static enum e f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram that returns u64', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static u64 f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram that returns char', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static char f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram, callers with 255 bytes', code: `*(u8 *)(r10 - 240) = 0\ncall f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)' } },
  { name: 'tail call in a subprogram, callers with 256 bytes', code: `*(u8 *)(r10 - 248) = 0\ncall f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)' } },
  { name: 'tail call in the third frame', code: `*(u8 *)(r10 - 128) = 0\ncall f\n${END}f:\n*(u8 *)(r10 - 128) = 0\ncall g\n${END}g:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)', g: 'static int g(struct __sk_buff *c)' } },
  { name: 'tail call in the third frame, less stack', code: `*(u8 *)(r10 - 112) = 0\ncall f\n${END}f:\n*(u8 *)(r10 - 128) = 0\ncall g\n${END}g:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)', g: 'static int g(struct __sk_buff *c)' } },
  { name: 'tail call in a global function', code: `call f\n${END}f:\n${tail('call tail_call')}\n${END}`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)' } },
  { name: 'tail call in a tracepoint with large frames', code: `*(u8 *)(r10 - 300) = 0\ncall f\n${END}f:\n*(u8 *)(r10 - 300) = 0\n${tail('call tail_call')}\n${END}`, functions: { main: 'int main(void *ctx)', f: 'static int f(void *c)' }, type: 5 },
  { name: 'tail call with a reference held', code: `r6 = r1\nr1 = map[ring] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +9\nr7 = r0\nr1 = r6\n${tail('call tail_call')}\nr1 = r7\nr2 = 0\ncall ringbuf_submit\n${END}` },
  { name: 'packet load in a subprogram without BTF', code: `r6 = r1\ncall f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit` },
  { name: 'packet load in a subprogram', code: `r6 = r1\ncall f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit`, functions: { main: SKB, f: 'static int f(struct __sk_buff *c)' } },
  { name: 'packet load in a subprogram that returns void', code: `r6 = r1\ncall f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit`, functions: { main: SKB, f: 'static void f(struct __sk_buff *c)' } },
  { name: 'packet load in a global function', code: `r6 = r1\ncall f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit`, functions: { main: SKB, f: 'int f(struct __sk_buff *c)' } },
  { name: 'packet load in main that returns void', code: `r6 = r1\nr0 = *(u8 *)skb[0]\nexit`, functions: { main: 'void main(struct __sk_buff *c)' } },
  { name: 'packet load in a dead subprogram', code: `r0 = 0\nif r0 == 0 goto +1\ncall f\n${END}f:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit` },
]); // biome-ignore format: one program a line

const info: Case[] = grid('func_info', {}, [
  { name: 'missing for a subprogram', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}`, functions: { main: SKB } },
  { name: 'one too many', code: END, functions: { main: SKB, '+1': 'static int f(int a)' } },
  { name: 'at the wrong slot', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}`, functions: { main: SKB, '+4': 'static int f(int a)' } },
  { name: 'does not begin at slot 0', code: END, functions: { '+1': SKB } },
  { name: 'twice the same slot', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}`, functions: { main: SKB, '+0': 'static int f(int a)' } },
  { name: 'descending slots', code: `r1 = 1\ncall f\nexit\nf:\n${SCALAR}`, functions: { main: SKB, f: 'static int f(int a)', '+1': 'static int g(int a)' } },
  { name: 'names a type that is no function', code: END, functions: { main: 'type struct pair' } },
  { name: 'names void', code: END, functions: { main: 'type void' } },
  { name: 'a global at the slot of a dead function', code: `r0 = 0\nexit\nf:\nr0 = 0\nexit`, functions: { main: SKB, f: 'int f(int a)' } },
  { name: 'two dead functions', code: `r0 = 0\nexit\nf:\nr0 = 0\nexit\ng:\nr0 = 0\nexit`, functions: { main: SKB, f: 'int f(int a)', g: 'int g(int a)' } },
]); // biome-ignore format: one program a line

export const functions: readonly Case[] = [
  ...globals,
  ...memory,
  ...dynptrs,
  ...verification,
  ...structure,
  ...depth,
  ...info,
];
