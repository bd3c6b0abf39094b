#include "net.h"
#include <linux/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
struct session { __u32 id; __u16 flags : 3, kind : 5, rest : 8; __u8 tag[10]; __u64 seen; };
struct session_map { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, __u32); __type(value, struct session); };
struct session unused_session SEC(".data.unused");
struct session_map tenant_a SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __uint(key_size, 4); __array(values, struct session_map); } tenants SEC(".maps") = {.values = {[1] = &tenant_a}};
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 32); __type(key, __u16); __type(value, __u64); __uint(pinning, LIBBPF_PIN_BY_NAME); } ports SEC(".maps");
int stage_count(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); __array(values, int (void)); } next SEC(".maps") = {.values = {[1] = (void *)&stage_count}};
extern int LINUX_KERNEL_VERSION __kconfig;
const volatile struct { __u32 rate; __u8 on; } config = {10, 1};
const volatile __u32 table[5] SEC(".rodata.table") = {3, 1, 4, 1, 5};
__u64 totals[4] SEC(".bss.totals");
__u32 weak_value __attribute__((weak)) = 9;

__weak int weak_helper(__u32 v) { return v * 3 + weak_value; }
static __noinline __u64 divide(__u64 a, __u64 b) { return b ? a / b + a % b : 0; }

SEC("xdp") int stage_count(struct xdp_md *ctx) { __sync_fetch_and_add(&totals[1], ctx->data_end - ctx->data); return XDP_TX; }
SEC("xdp") int jump(struct xdp_md *ctx) { bpf_tail_call_static(ctx, &next, 1); return XDP_DROP; }
SEC("xdp.frags") int switches(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	if ((void *)(eth + 1) > end) return XDP_ABORTED;
	switch (bpf_ntohs(eth->h_proto)) {
	case ETH_P_IP: return config.on ? XDP_PASS : XDP_DROP;
	case ETH_P_IPV6: return XDP_TX;
	case ETH_P_ARP: totals[2]++; return XDP_PASS;
	case ETH_P_8021Q: totals[3] += config.rate; return XDP_DROP;
	case 0x88cc: return table[(__u32)(end - data) % 5] & 3;
	default: return weak_helper(eth->h_source[0]) & 3;
	}
}
SEC("xdp") int sessions(struct xdp_md *ctx)
{
	__u32 which = 1, id = (ctx->data_end - ctx->data) & 7;
	void *map = bpf_map_lookup_elem(&tenants, &which);
	if (!map) return XDP_ABORTED;
	struct session *s = bpf_map_lookup_elem(map, &id), fresh = {.id = id, .flags = 5, .kind = 17, .tag = "abcd"};
	if (!s) return bpf_map_update_elem(map, &id, &fresh, BPF_NOEXIST) ? XDP_ABORTED : XDP_PASS;
	s->kind++; s->flags ^= 3; s->rest = s->kind * 2;
	__sync_fetch_and_add(&s->seen, 1);
	return s->seen > 2 ? XDP_DROP : XDP_TX;
}
SEC("xdp") int cookie(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct tcphdr *tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > end || ip->protocol != IPPROTO_TCP || ip->ihl != 5 || !tcp->syn) return XDP_PASS;
	__u64 v0 = 0x736f6d6570736575ULL ^ ip->saddr, v1 = 0x646f72616e646f6dULL ^ ip->daddr, v2 = tcp->seq, v3 = *(__u32 *)tcp;
#pragma unroll
	for (int i = 0; i < 4; i++) { v0 += v1; v1 = (v1 << 13 | v1 >> 51) ^ v0; v2 += v3; v3 = (v3 << 16 | v3 >> 48) ^ v2; v0 = v0 << 32 | v0 >> 32; v2 += v1; v0 += v3; }
	tcp->ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + 1); tcp->seq = bpf_htonl((__u32)(v0 ^ v1 ^ v2 ^ v3));
	tcp->ack = 1;
	__be16 port = tcp->source; tcp->source = tcp->dest; tcp->dest = port;
	__u32 address = ip->saddr; ip->saddr = ip->daddr; ip->daddr = address;
	__s64 sum = bpf_csum_diff(0, 0, (void *)tcp, sizeof(*tcp), bpf_htons(IPPROTO_TCP));
	tcp->check = fold(sum);
	return XDP_TX;
}
SEC("xdp") int port_counts(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct udphdr *udp = data + 34;
	if ((void *)(udp + 1) > end) return XDP_PASS;
	__u16 port = bpf_ntohs(udp->dest);
	__u64 one = 1, *n = bpf_map_lookup_elem(&ports, &port);
	if (n) *n += 1; else bpf_map_update_elem(&ports, &port, &one, BPF_ANY);
	return divide(0xffffffffffULL + port, (__u64)port + 3) & 1 ? XDP_PASS : XDP_DROP;
}
SEC("xdp") int kernel_version(struct xdp_md *ctx) { return LINUX_KERNEL_VERSION >= 0x050000 ? XDP_PASS : XDP_DROP; }
SEC("tc/ingress") int big_copy(struct __sk_buff *skb)
{
	char a[200], b[200] = {};
	if (bpf_skb_load_bytes(skb, 0, b, 54)) return TC_ACT_OK;
	__builtin_memcpy(a, b, sizeof(a));
	__builtin_memset(a + 12, 0xff, 40);
	return bpf_skb_store_bytes(skb, 14, a + 8, 20, BPF_F_RECOMPUTE_CSUM) ? TC_ACT_SHOT : a[5] & 7;
}
SEC("tcx/egress") int tcx(struct __sk_buff *skb) { return skb->len > 100 ? TC_ACT_SHOT : TC_ACT_UNSPEC; }
SEC("raw_tp/sched_switch") int rtp(struct bpf_raw_tracepoint_args *ctx) { totals[0] += ctx->args[0] & 0xff; return ctx->args[1] & 0x7f; }
SEC("tracepoint/sched/sched_process_exec") int tpx(void *ctx) { bpf_printk("exec %d", (int)bpf_get_smp_processor_id()); return 0; }
SEC("kprobe/do_sys_open") int BPF_KPROBE(kpx, int dfd) { return dfd & 1; }
char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = 0x60000;
