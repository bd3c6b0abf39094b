/**
 * Loads through a map pointer: the kernel lets programs read its own `struct bpf_map`, by its type information.
 * The layout is that of Linux 6.18 on x86-64, measured by loading; here the loads read a map's header, whose words
 * mean something else.
 */
import { MapType } from '../../../uapi.js';
import type { Env } from '../env.js';
import { formatTnum } from '../log/tnum.js';
import type { Register } from '../register.js';
import type { Access } from './access.js';

interface Member {
  /** The struct that has it, and where that lies. */
  readonly struct: string;
  readonly base: number;
  readonly at: number;
  readonly end: number;
  readonly name: string;
  readonly pointer: boolean;
}

/**
 * Name, first byte, end, and the struct with its place if it is a member of one; `*`: a pointer, which is read whole or
 * not at all.
 */
const MAP = `
sha 0 32, excl 32 36, *ops 40 48, *inner_map_meta 48 56, *security 56 64, map_type 64 68, key_size 68 72,
value_size 72 76, max_entries 76 80, map_extra 80 88, map_flags 88 92, id 92 96, *record 96 104, numa_node 104 108,
btf_key_type_id 108 112, btf_value_type_id 112 116, btf_vmlinux_value_type_id 116 120, *btf 120 128, *objcg 128 136,
name 136 152, owner 152 160, wait_lock 160 164, osq 164 168, *next 168 176 list_head 168, *prev 176 184 list_head 168, refcnt 184 192,
usercnt 192 200, data 200 208, *next 208 216 list_head 208, *prev 216 224 list_head 208, *func 224 232 work_struct 200, writecnt 232 240, owner_lock 240 244,
*owner 248 256, bypass_spec_v1 256 257, frozen 257 258, init_private 258 259, free_after_mult_rcu_gp 259 260,
free_after_rcu_gp 260 261, sleepable_refcnt 264 272, *elem_count 272 280, cookie 280 288, *excl_prog_sha 288 296`;
function parse(struct: string, text: string): readonly Member[] {
  if (text === '') return [];
  return text.split(',').map((entry) => {
    const [name = '', at = '', end = '', inner = struct, base = '0'] = entry.trim().split(' ');
    const plain = name.replace('*', '');
    return {
      struct: inner,
      base: Number(base),
      at: Number(at),
      end: Number(end),
      name: plain,
      pointer: plain !== name,
    };
  });
}

interface Struct {
  readonly name: string;
  readonly size: number;
  /** Anything may be read from here on: the struct ends with an array of any length. */
  readonly openFrom: number;
  readonly members: readonly Member[];
}

const COMMON = parse('bpf_map', MAP);

function struct(name: string, size: number, own: string, openFrom = Number.POSITIVE_INFINITY): Struct {
  return { name, size, openFrom, members: [...COMMON, ...parse(name, own)] };
}

const PLAIN = struct('bpf_map', 296, '');
const ARRAY = struct('bpf_array', 312, 'elem_size 296 300, index_mask 300 304, *aux 304 312');
const HASH = struct(
  'bpf_htab',
  768,
  '*caches 296 304 bpf_mem_alloc 296, *cache 304 312 bpf_mem_alloc 296, *objcg 312 320 bpf_mem_alloc 296',
);
const TRIE = struct(
  'lpm_trie',
  400,
  '*root 296 304, *caches 304 312 bpf_mem_alloc 304, *cache 312 320 bpf_mem_alloc 304, n_entries 368 376',
);
const RING = struct('bpf_ringbuf_map', 304, '*rb 296 304');
const QUEUE = struct('bpf_queue_stack', 312, 'lock 296 300, head 300 304, tail 304 308, size 308 312', 312);
const BLOOM = struct('bpf_bloom_filter', 312, 'bitset_mask 296 300, hash_seed 300 304, nr_hash_funcs 304 308', 312);

const STRUCTS: ReadonlyMap<number, Struct> = new Map<number, Struct>([
  [MapType.ARRAY, ARRAY],
  [MapType.PERCPU_ARRAY, ARRAY],
  [MapType.PROG_ARRAY, ARRAY],
  [MapType.PERF_EVENT_ARRAY, ARRAY],
  [MapType.CGROUP_ARRAY, ARRAY],
  [MapType.ARRAY_OF_MAPS, ARRAY],
  [MapType.HASH, HASH],
  [MapType.PERCPU_HASH, HASH],
  [MapType.LRU_HASH, HASH],
  [MapType.LRU_PERCPU_HASH, HASH],
  [MapType.HASH_OF_MAPS, HASH],
  [MapType.LPM_TRIE, TRIE],
  [MapType.QUEUE, QUEUE],
  [MapType.STACK, QUEUE],
  [MapType.RINGBUF, RING],
  [MapType.USER_RINGBUF, RING],
  [MapType.BLOOM_FILTER, BLOOM],
]);

/** Checks only: what is loaded is unknown to the verifier. */
export function checkMapObject(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size } = access;
  const { name, size: length, openFrom, members } = STRUCTS.get(r.map?.type ?? 0) ?? PLAIN;
  if (!env.allowPointerLeaks) {
    env.refuse('EPERM', `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN`);
  }
  if (off < 0) env.refuse('EACCES', `R${pointer} is ${name} invalid negative access: off=${off}`);
  if (access.write) env.refuse('EACCES', `only read from ${name} is supported`);
  if (!r.isConstant) env.refuse('EACCES', `R${pointer} invalid variable offset: off=${off}, var_off=${formatTnum(r)}`);
  if (off + size > length) {
    if (off >= openFrom) return;
    env.refuse('EACCES', `access beyond struct ${name} at off ${off} size ${size}`);
  }
  const member = members.find(({ at, end }) => off >= at && off < end);
  if (member !== undefined) checkMember(env, member, off, size);
  else env.refuse('EINVAL', `struct ${off < PLAIN.size ? 'bpf_map' : name} doesn't have field at offset ${off}`);
}

function checkMember(
  env: Env,
  { struct: name, base, at, end, name: field, pointer }: Member,
  off: number,
  size: number,
): void {
  if (pointer && (off !== at || size !== 8)) {
    const where = `with moff ${at - base} in struct ${name} with off ${off - base} size ${size}`;
    env.refuse('EACCES', `cannot access ptr member ${field} ${where}`);
  }
  if (off + size <= end) return;
  const where = `(mend:${end - base}) in struct ${name} with off ${off - base} size ${size}`;
  env.refuse('EACCES', `access beyond the end of member ${field} ${where}`);
}
