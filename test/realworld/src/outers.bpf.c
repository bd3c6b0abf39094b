#include "net.h"
struct key { __u32 a; __u16 b; __u16 c; };
struct in_hash { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); } h1 SEC(".maps"), h2 SEC(".maps");
typedef struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u32); __uint(map_flags, BPF_F_INNER_MAP); } in_array;
in_array a1 SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 8); __type(key, __u32); __array(values, struct in_hash); } hashed SEC(".maps") = {.values = {[3] = &h1, [5] = &h2}};
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __type(key, int); __type(value, int); __array(values, struct in_hash); } typed SEC(".maps") = {.values = {&h2, [2] = &h1}};
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 4); __array(values, in_array); } by_typedef SEC(".maps") = {.values = {&a1}};
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __uint(key_size, 4); __array(values, __typeof__(h1)); } by_typeof SEC(".maps") = {.values = {(void *)&h1}};
struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 4); __type(key, struct key); __array(values, struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 8); __type(key, __u64); __type(value, __u64); }); } by_struct SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); }); } of_percpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 4); __uint(key_size, 8); __uint(value_size, 4); __uint(map_flags, BPF_F_NO_PREALLOC); }); } of_tries SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __uint(value_size, 4); }); } of_queues SEC(".maps");

SEC("xdp") int hash_slots(struct xdp_md *ctx)
{
	__u32 k = (ctx->data_end - ctx->data) & 7, z = 1;
	void *m = bpf_map_lookup_elem(&hashed, &k);
	if (!m) return XDP_DROP;
	__u64 one = 1, *v = bpf_map_lookup_elem(m, &z);
	if (v) *v += 1; else bpf_map_update_elem(m, &z, &one, 0);
	return XDP_TX;
}
SEC("xdp") int array_slots(struct xdp_md *ctx)
{
	int k = (ctx->data_end - ctx->data) & 3; __u32 z = 2; __u64 one = 1;
	void *m = bpf_map_lookup_elem(&typed, &k);
	return !m ? XDP_DROP : bpf_map_update_elem(m, &z, &one, 0) ? XDP_ABORTED : XDP_PASS;
}
SEC("xdp") int every_outer(struct xdp_md *ctx)
{
	__u32 z = 0; int r = 0; struct key k = {1, 2, 3}; __u64 kk = 0;
	void *m = bpf_map_lookup_elem(&by_typedef, &z);
	if (m) { __u32 *p = bpf_map_lookup_elem(m, &z); if (p) { ++*p; r |= 1; } }
	m = bpf_map_lookup_elem(&by_struct, &k); if (m) bpf_map_update_elem(m, &kk, &kk, 0);
	m = bpf_map_lookup_elem(&of_percpu, &z); if (m && bpf_map_lookup_elem(m, &z)) r |= 2;
	m = bpf_map_lookup_elem(&of_queues, &z); if (m) bpf_map_push_elem(m, &z, 0);
	m = bpf_map_lookup_elem(&of_tries, &z); if (m && bpf_map_lookup_elem(m, &kk)) r |= 2;
	return r | (bpf_map_lookup_elem(&by_typeof, &z) ? 4 : 0);
}
SEC("xdp") int two_inner(struct xdp_md *ctx)
{
	__u32 z = 0, o = 2; void *m = bpf_map_lookup_elem(&typed, &z), *n = bpf_map_lookup_elem(&typed, &o);
	if (!m || !n) return XDP_ABORTED;
	__u64 *a = bpf_map_lookup_elem(m, &z), *b = bpf_map_lookup_elem(n, &z);
	if (!a || !b) return XDP_DROP;
	*a += *b;
	return XDP_PASS;
}
static long count_each(void *map, __u32 *k, __u64 *v, int *n) { *n += 1; return 0; }
static __noinline int in_inner(void *m, __u32 k) { __u64 *v = bpf_map_lookup_elem(m, &k); return v ? *v : 7; }
SEC("xdp") int each_inner(struct xdp_md *ctx) { __u32 z = 0; int n = 0; void *m = bpf_map_lookup_elem(&typed, &z); if (m) bpf_for_each_map_elem(m, count_each, &n, 0); return n; }
SEC("xdp") int pass_inner(struct xdp_md *ctx) { __u32 z = 0; void *m = bpf_map_lookup_elem(&typed, &z); return m ? in_inner(m, 1) : 0; }
/* refused */
SEC("xdp") int writes_outer(struct xdp_md *ctx) { __u32 z = 0; return bpf_map_update_elem(&typed, &z, &z, 0); }
SEC("xdp") int no_inner_check(struct xdp_md *ctx) { __u32 z = 0; void *m = bpf_map_lookup_elem(&typed, &z); return bpf_map_lookup_elem(m, &z) ? 1 : 2; }
char _license[] SEC("license") = "GPL";
