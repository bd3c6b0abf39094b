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
  readonly at: number;
  readonly end: number;
  readonly name: string;
  readonly pointer: boolean;
}

/** Name, first byte, end; `*`: a pointer, which is read whole or not at all. */
const MAP = `
sha 0 32, excl 32 36, *ops 40 48, *inner_map_meta 48 56, *security 56 64, map_type 64 68, key_size 68 72,
value_size 72 76, max_entries 76 80, map_extra 80 88, map_flags 88 92, id 92 96, *record 96 104, numa_node 104 108,
btf_key_type_id 108 112, btf_value_type_id 112 116, btf_vmlinux_value_type_id 116 120, *btf 120 128, *objcg 128 136,
name 136 152, owner 152 160, wait_lock 160 164, osq 164 168, *next 168 176, *prev 176 184, refcnt 184 192,
usercnt 192 200, data 200 208, *next 208 216, *prev 216 224, *func 224 232, writecnt 232 240, owner_lock 240 244,
*owner 248 256, bypass_spec_v1 256 257, frozen 257 258, init_private 258 259, free_after_mult_rcu_gp 259 260,
free_after_rcu_gp 260 261, sleepable_refcnt 264 272, *elem_count 272 280, cookie 280 288, *excl_prog_sha 288 296`;
const ARRAY = 'elem_size 296 300, index_mask 300 304, *aux 304 312';
const OTHER = '*rb 296 304, *caches 304 312, *cache 312 320';

function parse(text: string): readonly Member[] {
  return text.split(',').map((entry) => {
    const [name = '', at = '', end = ''] = entry.trim().split(' ');
    return { at: Number(at), end: Number(end), name: name.replace('*', ''), pointer: name.startsWith('*') };
  });
}

const MEMBERS = parse(MAP);
const ARRAY_MEMBERS = [...MEMBERS, ...parse(ARRAY)];
const OTHER_MEMBERS = [...MEMBERS, ...parse(OTHER)];
const ARRAYS: readonly number[] = [
  MapType.ARRAY,
  MapType.PERCPU_ARRAY,
  MapType.PROG_ARRAY,
  MapType.PERF_EVENT_ARRAY,
  MapType.CGROUP_ARRAY,
  MapType.ARRAY_OF_MAPS,
];

const STRUCTS: ReadonlyMap<number, string> = new Map<number, string>([
  [MapType.HASH, 'bpf_htab'],
  [MapType.PERCPU_HASH, 'bpf_htab'],
  [MapType.LRU_HASH, 'bpf_htab'],
  [MapType.LRU_PERCPU_HASH, 'bpf_htab'],
  [MapType.HASH_OF_MAPS, 'bpf_htab'],
  [MapType.LPM_TRIE, 'lpm_trie'],
  [MapType.QUEUE, 'bpf_queue_stack'],
  [MapType.STACK, 'bpf_queue_stack'],
  [MapType.RINGBUF, 'bpf_ringbuf_map'],
  [MapType.USER_RINGBUF, 'bpf_ringbuf_map'],
  [MapType.BLOOM_FILTER, 'bpf_bloom_filter'],
]);

/** Checks only: what is loaded is unknown to the verifier. */
export function checkMapObject(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size } = access;
  if (!env.allowPointerLeaks) {
    env.refuse('EPERM', "'struct bpf_map' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN");
  }
  const isArray = ARRAYS.includes(r.map?.type ?? 0);
  const struct = isArray ? 'bpf_array' : (STRUCTS.get(r.map?.type ?? 0) ?? 'bpf_map');
  if (off < 0) env.refuse('EACCES', `R${pointer} is ${struct} invalid negative access: off=${off}`);
  if (access.write) env.refuse('EACCES', `only read from ${struct} is supported`);
  if (!r.isConstant) env.refuse('EACCES', `R${pointer} invalid variable offset: off=${off}, var_off=${formatTnum(r)}`);
  const member = (isArray ? ARRAY_MEMBERS : OTHER_MEMBERS).find(({ at, end }) => off >= at && off < end);
  if (member === undefined) env.refuse('EINVAL', `struct bpf_map doesn't have field at offset ${off}`);
  if (member.pointer && (off !== member.at || size !== 8)) {
    const where = `with moff ${member.at} in struct bpf_map with off ${off} size ${size}`;
    env.refuse('EACCES', `cannot access ptr member ${member.name} ${where}`);
  }
  if (off + size <= member.end) return;
  const where = `(mend:${member.end}) in struct bpf_map with off ${off} size ${size}`;
  env.refuse('EACCES', `access beyond the end of member ${member.name} ${where}`);
}
