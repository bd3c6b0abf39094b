#include "net.h"
struct event { __u32 kind; __u32 length; char text[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 16); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __type(value, __u32); } queue SEC(".maps");
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); };
struct inner red SEC(".maps"), blue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct inner); } policy SEC(".maps") = {.values = {&red, &blue}};
struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 8); __type(key, __u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); }); } tenants SEC(".maps");
int stage_a(struct xdp_md *ctx); int stage_b(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 3); __uint(key_size, 4); __array(values, int(void *)); } stages SEC(".maps") = {.values = {[0] = (void *)&stage_a, [1] = (void *)&stage_b}};
struct settings { __u32 modulus; __u8 names[3][8]; } settings = {7, {"one", "two", "three"}};
const volatile __u64 big = 0x1234567890abcdefULL;
static __u32 hidden SEC(".data.private") = 3;

static __noinline __u32 mix(__u32 a, __u32 b) { for (int i = 0; i < 8; i++) a = (a ^ b) * 2654435761u + (a >> 5); return a; }
__noinline int classify(struct xdp_md *ctx, __u32 salt) { __u32 length = ctx->data_end - ctx->data; return length < 64 ? -1 : (int)(mix(length, salt) % 5); }
__noinline int sum4(int *p) { return p ? p[0] + 1 : -1; }

SEC("xdp") int stage_a(struct xdp_md *ctx) { __u32 k = 0; __u64 *v = bpf_map_lookup_elem(&counts, &k); if (v) *v += 1; bpf_tail_call(ctx, &stages, 1); return XDP_ABORTED; }
SEC("xdp") int stage_b(struct xdp_md *ctx) { __u32 k = 1; __u64 *v = bpf_map_lookup_elem(&counts, &k); if (v) *v += ctx->data_end - ctx->data; bpf_tail_call(ctx, &stages, 2); return XDP_TX; }
SEC("xdp") int dispatch(struct xdp_md *ctx) { bpf_tail_call(ctx, &stages, 0); return XDP_DROP; }

SEC("xdp") int globals(struct xdp_md *ctx)
{
	int one = 4;
	int kind = classify(ctx, settings.modulus);
	settings.modulus += hidden; hidden++;
	if (settings.names[1][0] != 't') return XDP_ABORTED;
	return kind < 0 ? XDP_DROP : (__u32)(kind + (int)(big >> 60) + sum4(&one)) % 5;
}
SEC("xdp") int maps_in_maps(struct xdp_md *ctx)
{
	__u32 which = (ctx->data_end - ctx->data) & 1, slot = 2;
	void *map = bpf_map_lookup_elem(&policy, &which);
	if (!map) return XDP_ABORTED;
	__u32 *hit = bpf_map_lookup_elem(map, &slot);
	if (!hit) return XDP_DROP;
	__sync_fetch_and_add(hit, 5);
	map = bpf_map_lookup_elem(&tenants, &which);
	if (map) { __u64 v = 1; bpf_map_update_elem(map, &slot, &v, 0); return XDP_TX; }
	return XDP_PASS;
}
SEC("xdp") int rings(struct xdp_md *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0), copy = {2, 1, "copy"};
	if (!e) return XDP_DROP;
	e->kind = 1; e->length = ctx->data_end - ctx->data;
	__builtin_memcpy(e->text, "hello", 6);
	if (e->length & 1) bpf_ringbuf_discard(e, 0); else bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	bpf_ringbuf_output(&ring, &copy, sizeof(copy), 0);
	return bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) == 4096 ? XDP_PASS : XDP_ABORTED;
}
SEC("xdp") int perf_out(struct xdp_md *ctx) { struct event e = {3, 0, "perf"}; return bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU | (20ULL << 32), &e, sizeof(e)) == 0 ? XDP_TX : XDP_PASS; }
SEC("xdp") int prints(struct xdp_md *ctx)
{
	char out[32];
	__u64 args[2] = {42, 7};
	bpf_printk("plain");
	bpf_printk("len %d %u %x", ctx->data_end - ctx->data, 1, 2);
	bpf_printk("many %d %d %d %d", 1, 2, 3, 4);
	int n = bpf_snprintf(out, sizeof(out), "%d-%03u", args, sizeof(args));
	return n == 7 && bpf_strncmp(out, 6, "42-007") == 0 ? XDP_PASS : XDP_DROP;
}
struct walk { __u64 sum; __u32 steps; };
struct bpf_map;
static long each(struct bpf_map *map, __u32 *key, __u64 *value, struct walk *w) { w->sum += *value; return 0; }
static long twice(__u32 i, struct walk *w) { w->sum += i * 2; return i == 20; }
SEC("xdp") int callbacks(struct xdp_md *ctx)
{
	struct walk w = {};
	long n = bpf_for_each_map_elem(&counts, each, &w, 0);
	long m = bpf_loop(100, twice, &w, 0);
	__u32 k = 5; __u64 *v = bpf_map_lookup_elem(&counts, &k);
	if (v) *v = w.sum + n * 1000 + m * 100000;
	return XDP_PASS;
}
SEC("xdp") int queues(struct xdp_md *ctx)
{
	__u32 v = ctx->data_end - ctx->data, got = 0;
	bpf_map_push_elem(&queue, &v, BPF_EXIST);
	if (bpf_map_peek_elem(&queue, &got)) return XDP_ABORTED;
	if (got & 1) bpf_map_pop_elem(&queue, &got);
	return XDP_PASS;
}
SEC("xdp") int atomics(struct xdp_md *ctx)
{
	__u32 k = 9; __u64 *v = bpf_map_lookup_elem(&counts, &k);
	if (!v) return 0;
	__sync_fetch_and_or(v, 0xf0); __sync_fetch_and_and(v, ~0x30ull); __sync_fetch_and_xor(v, 0x3);
#if __BPF_CPU_VERSION__ >= 3 || defined(FETCH)
	__u64 old = __sync_fetch_and_add(v, 100);
	__sync_val_compare_and_swap(v, old + 100, old * 2);
	return __sync_lock_test_and_set(v, *v + 1) & 3;
#endif
	return *v & 3;
}
/* refused */
SEC("xdp") int no_check(struct xdp_md *ctx) { return *(__u8 *)(long)ctx->data; }
SEC("xdp") int no_null_check(struct xdp_md *ctx) { __u32 k = 0; return *(__u64 *)bpf_map_lookup_elem(&counts, &k); }
SEC("xdp") int leaks_ring(struct xdp_md *ctx) { void *e = bpf_ringbuf_reserve(&ring, 8, 0); return e ? XDP_PASS : XDP_DROP; }
SEC("xdp") int stack_oob(struct xdp_md *ctx) { char b[8] = {}; __u32 i = ctx->data_end - ctx->data; return ((volatile char *)b)[i & 31]; }
SEC("xdp") int wrong_map_key(struct xdp_md *ctx) { __u8 k = 0; return bpf_map_lookup_elem(&counts, &k) ? 1 : 2; }
SEC("xdp") int writes_ctx(struct xdp_md *ctx) { ctx->data = 0; return 0; }
SEC("xdp") int stale(struct xdp_md *ctx) { __u8 *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; if (p + 14 > end) return 0; bpf_xdp_adjust_head(ctx, 4); return p[3] & 3; }

SEC("raw_tp/sys_enter") int raw(struct bpf_raw_tracepoint_args *ctx) { return bpf_get_current_pid_tgid() == 1 ? 0 : (int)ctx->args[1]; }
SEC("tracepoint/syscalls/sys_enter_openat") int tp(__u64 *ctx) { char comm[16]; bpf_get_current_comm(comm, sizeof(comm)); return comm[0] == 'x' && ctx[2]; }
SEC("kprobe/do_unlinkat") int kp(void *ctx) { __u64 id = bpf_get_current_uid_gid(); struct event e = {4, id, "k"}; bpf_ringbuf_output(&ring, &e, sizeof(e), 0); return 0; }
SEC("perf_event") int sample(void *ctx) { return bpf_get_smp_processor_id() & 0; }
SEC("syscall") int sysc(struct settings *s) { s->modulus++; return s->modulus; }
char LICENSE[] SEC("license") = "GPL";
