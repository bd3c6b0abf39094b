#include "net.h"
#include <bpf/bpf_tracing.h>
enum color { RED, GREEN = 7, BLUE };
typedef struct { __u32 a; __u16 b; } pair_t;
typedef const pair_t const_pair;
struct nested { struct { __u32 x; union { __u32 y; __u8 z[4]; }; } in; enum color c; };
struct locked { struct bpf_spin_lock lock; __u64 v; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, enum color); __type(value, enum color); __uint(numa_node, 0); } enums SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, const_pair); __type(value, struct nested); } typedefs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, __u8[16]); __uint(map_flags, BPF_F_MMAPABLE); } arrays SEC(".maps") __weak;
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 100); __type(value, __u32); __uint(map_extra, 5); } bloom SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct locked); } locks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct nested); } percpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 64); __type(key, __u32[3]); __type(value, char[3]); __uint(map_flags, BPF_F_NO_COMMON_LRU); } lru SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 5000); } ring_odd SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, int); __type(value, int); } dev SEC(".maps");

__u32 plain = 3; static __u32 stat = 4; __u32 hid __hidden = 5; __u32 weak __weak = 6; __u64 zero;
static __u64 szero; const __u32 ro = 7; const volatile __u32 cfg = 8; static const volatile __u32 scfg = 9;
__u32 d1 SEC(".data.one") = 11; __u32 d2 SEC(".data.two.x") = 12; __u32 b1 SEC(".bss.one"); const volatile __u32 r1 SEC(".rodata.one") = 13;
struct s { __u8 a; __u64 b; __u16 c[3]; } st = {1, 2, {3, 4, 5}}, tab[3] = {[1] = {.b = 9}};
__u8 large[5000] = {[4999] = 1}; __u8 large_zero[70000];
_Bool flag = 1; char text[] = "hello"; const char const_text[] = "const text"; enum color en = BLUE; __s8 neg = -3; long long ll = -1;
extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern unsigned long CONFIG_NOT_THERE __kconfig __weak; extern enum libbpf_tristate CONFIG_NOR_THIS __kconfig __weak; extern char CONFIG_NO_TEXT[8] __kconfig __weak;
extern const int no_such_var __ksym __weak; extern const void nor_this __ksym __weak;
extern void no_such_func(int) __ksym __weak;
static __noinline int length(const char *s, int n) { int i; for (i = 0; i < n; i++) if (!s[i]) break; return i; }

SEC("xdp") int every_map(struct xdp_md *ctx)
{
	enum color c = GREEN, d = BLUE; const_pair k = {1, 2}; int i = 1; __u32 z = 0, three[3] = {1, 2, 3};
	struct nested n = {{3, {4}}, BLUE};
	bpf_map_update_elem(&enums, &c, &d, 0);
	bpf_map_update_elem(&typedefs, &k, &n, 0);
	__u8 *a = bpf_map_lookup_elem(&arrays, &i); if (a) a[5]++;
	bpf_map_push_elem(&bloom, &z, 0);
	struct locked *l = bpf_map_lookup_elem(&locks, &z); if (l) { bpf_spin_lock(&l->lock); l->v++; bpf_spin_unlock(&l->lock); }
	struct nested *p = bpf_map_lookup_elem(&percpu, &z); if (p) { p->in.y++; p->c = RED; }
	bpf_map_update_elem(&lru, three, "ab", 0);
	return bpf_redirect_map(&dev, bpf_ringbuf_query(&ring_odd, BPF_RB_RING_SIZE) == 8192, XDP_TX);
}
SEC("xdp") int global_data(struct xdp_md *ctx)
{
	plain++; stat += plain; hid ^= stat; weak -= 1; zero += hid; szero++; d1 += d2; b1 += r1 + cfg + scfg + ro;
	st.b += tab[1].b; st.c[2]++; tab[ctx->rx_queue_index & 1].a++; large[4999]++; large_zero[69999]++;
	flag = !flag; text[0]++; neg--; ll *= 3; en = GREEN;
	return (plain + d1 + st.b) % 5;
}
SEC("xdp") int strings(struct xdp_md *ctx)
{
	static int calls; static const int digits[7] = {3, 1, 4, 1, 5, 9, 2};
	char buffer[16], out[8]; __u32 i = (ctx->data_end - ctx->data) & 1;
	calls++;
	__builtin_memcpy(buffer, i ? "string one" : "string two", 11);
	bpf_printk("%s %s", buffer, const_text);
	return length(buffer, sizeof(buffer)) + digits[calls & 3] + BPF_SNPRINTF(out, sizeof(out), "%05d|%-3u|%+d %%", 42, 7, 3);
}
SEC("xdp") int kconfig(struct xdp_md *ctx) { return (LINUX_KERNEL_VERSION >> 16 == 6) + 2 * (CONFIG_NOT_THERE == 0) + 4 * (CONFIG_NOR_THIS == TRI_NO) + 8 * (CONFIG_NO_TEXT[0] == 0) + 16 * LINUX_HAS_BPF_COOKIE; }
SEC("xdp") int weak_symbols(struct xdp_md *ctx)
{
	if (&no_such_var || &nor_this) return XDP_ABORTED;
	if (no_such_func) { no_such_func(1); return XDP_DROP; }
	return XDP_TX;
}
/* refused */
SEC("xdp") int wrong_conversion(struct xdp_md *ctx) { static const char f[] = "%d %q"; return bpf_trace_printk(f, sizeof(f), 1) & 7; }
SEC("xdp") int constant_write(struct xdp_md *ctx) { *(volatile __u32 *)&cfg = 1; return XDP_PASS; }
char _license[] SEC("license") = "Dual BSD/GPL";
