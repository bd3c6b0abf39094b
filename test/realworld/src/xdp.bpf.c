#include "net.h"

struct flow { __be32 src, dst; __be16 sport, dport; __u8 proto, pad[3]; };
struct usage { __u64 packets, bytes; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, struct flow); __type(value, struct usage); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 256); __type(key, __u32); __type(value, struct usage); } by_proto SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 64); __uint(map_flags, BPF_F_NO_PREALLOC); __uint(key_size, 8); __type(value, __u32); } deny SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 8); __type(key, __u32); __type(value, __u32); } ports SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CPUMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } cpus SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_XSKMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } sockets SEC(".maps");
volatile const __u32 limit_bytes = 1200;
volatile const __u8 gateway[6] = {2, 0, 0, 0, 0, 1};
__u64 seen, dropped;

SEC("xdp") int firewall(struct xdp_md *ctx)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct { __u32 len; __be32 address; } key = {32, 0};
	__be16 type;
	__sync_fetch_and_add(&seen, 1);
	if (eth_type(&c, &type) < 0)
		return XDP_ABORTED;
	if (type != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	struct iphdr *ip = c.at;
	if ((void *)(ip + 1) > c.end)
		return XDP_DROP;
	key.address = ip->saddr;
	__u32 *rule = bpf_map_lookup_elem(&deny, &key);
	if (rule && *rule) {
		dropped++;
		return XDP_DROP;
	}
	return XDP_PASS;
}

SEC("xdp") int flow_counter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct flow flow = {};
	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->ihl < 5 || (ip->frag_off & bpf_htons(0x1fff)))
		return XDP_DROP;
	flow.src = ip->saddr; flow.dst = ip->daddr; flow.proto = ip->protocol;
	struct udphdr *l4 = (void *)ip + ip->ihl * 4;
	if ((ip->protocol == IPPROTO_UDP || ip->protocol == IPPROTO_TCP) && (void *)(l4 + 1) <= end) {
		flow.sport = l4->source; flow.dport = l4->dest;
	}
	struct usage *u = bpf_map_lookup_elem(&flows, &flow);
	if (u) {
		__sync_fetch_and_add(&u->packets, 1);
		__sync_fetch_and_add(&u->bytes, end - data);
	} else {
		struct usage first = {1, end - data};
		bpf_map_update_elem(&flows, &flow, &first, BPF_NOEXIST);
	}
	__u32 proto = ip->protocol;
	u = bpf_map_lookup_elem(&by_proto, &proto);
	if (!u)
		return XDP_ABORTED;
	u->packets++;
	u->bytes += end - data;
	return u->bytes > limit_bytes ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int icmp_echo(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct icmphdr *icmp = (void *)(ip + 1);
	if ((void *)(icmp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return XDP_PASS;
	if (ip->protocol != IPPROTO_ICMP || icmp->type != ICMP_ECHO)
		return XDP_PASS;
	__u8 mac[ETH_ALEN];
	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	__be32 address = ip->saddr; ip->saddr = ip->daddr; ip->daddr = address;
	icmp->type = ICMP_ECHOREPLY;
	__u32 sum = (__u16)~icmp->checksum + (__u16)~bpf_htons(ICMP_ECHO << 8);
	icmp->checksum = fold(sum);
	return XDP_TX;
}

struct arp { __be16 hw, proto; __u8 hlen, plen; __be16 op; __u8 sha[6]; __u8 spa[4]; __u8 tha[6]; __u8 tpa[4]; } __attribute__((packed));
SEC("xdp") int arp_reply(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct arp *arp = (void *)(eth + 1);
	__u8 address[4];
	if ((void *)(arp + 1) > end || eth->h_proto != bpf_htons(ETH_P_ARP) || arp->op != bpf_htons(1))
		return XDP_PASS;
	arp->op = bpf_htons(2);
	__builtin_memcpy(arp->tha, arp->sha, 6);
	__builtin_memcpy(address, arp->spa, 4);
	__builtin_memcpy(arp->spa, arp->tpa, 4);
	__builtin_memcpy(arp->tpa, address, 4);
	__builtin_memcpy(eth->h_dest, eth->h_source, 6);
	for (int i = 0; i < 6; i++)
		eth->h_source[i] = arp->sha[i] = gateway[i];
	return XDP_TX;
}

SEC("xdp") int ipip_encap(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *old = data, *eth;
	struct iphdr *inner = (void *)(old + 1), *ip;
	if ((void *)(inner + 1) > end || old->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	__u16 length = bpf_ntohs(inner->tot_len) + sizeof(*ip);
	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*ip)))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data; end = (void *)(long)ctx->data_end;
	eth = data; ip = (void *)(eth + 1); old = data + sizeof(*ip);
	if ((void *)(ip + 1) > end || (void *)(old + 1) > end)
		return XDP_ABORTED;
	__builtin_memmove(eth, old, sizeof(*eth));
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 4; ip->ihl = 5; ip->ttl = 64; ip->protocol = IPPROTO_IPIP;
	ip->tot_len = bpf_htons(length);
	ip->saddr = bpf_htonl(0x0a000001); ip->daddr = bpf_htonl(0x0a0000fe);
	__u32 sum = 0;
	__u16 *word = (void *)ip;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += word[i];
	ip->check = fold(sum);
	return XDP_TX;
}

SEC("xdp") int vlan_pop(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data, copy;
	struct vlan_tag *tag = (void *)(eth + 1);
	if ((void *)(tag + 1) > end || eth->h_proto != bpf_htons(ETH_P_8021Q))
		return XDP_PASS;
	__builtin_memcpy(&copy, eth, sizeof(copy));
	copy.h_proto = tag->next;
	if (bpf_xdp_adjust_head(ctx, sizeof(*tag)))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data; end = (void *)(long)ctx->data_end;
	if (data + sizeof(copy) > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, &copy, sizeof(copy));
	return XDP_TX;
}

SEC("xdp") int truncate(struct xdp_md *ctx)
{
	int length = ctx->data_end - ctx->data;
	if (length > 60 && bpf_xdp_adjust_tail(ctx, 60 - length))
		return XDP_ABORTED;
	return bpf_xdp_adjust_tail(ctx, 4) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int meta_mark(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(__u32)))
		return XDP_ABORTED;
	__u32 *meta = (void *)(long)ctx->data_meta;
	if ((void *)(meta + 1) > (void *)(long)ctx->data)
		return XDP_ABORTED;
	*meta = 0xc0ffee;
	return XDP_PASS;
}

SEC("xdp") int by_bytes(struct xdp_md *ctx)
{
	__u8 head[20];
	if (bpf_xdp_load_bytes(ctx, 14, head, sizeof(head)))
		return XDP_DROP;
	head[8]--;
	if (bpf_xdp_store_bytes(ctx, 14, head, sizeof(head)))
		return XDP_ABORTED;
	return bpf_xdp_get_buff_len(ctx) > 100 ? XDP_TX : XDP_PASS;
}

SEC("xdp") int to_port(struct xdp_md *ctx) { return bpf_redirect_map(&ports, ctx->rx_queue_index & 7, XDP_PASS); }
SEC("xdp") int to_cpu(struct xdp_md *ctx) { return bpf_redirect_map(&cpus, 1, XDP_DROP); }
SEC("xdp") int to_socket(struct xdp_md *ctx) { return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS); }
SEC("xdp") int to_all(struct xdp_md *ctx) { return bpf_redirect_map(&ports, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS | XDP_TX); }
SEC("xdp") int to_nowhere(struct xdp_md *ctx) { return bpf_redirect_map(&sockets, 0, BPF_F_BROADCAST | XDP_PASS); }
SEC("?xdp") int to_device(struct xdp_md *ctx) { return bpf_redirect(1, 0); }
SEC("xdp.frags") int frags(struct xdp_md *ctx) { return ctx->data_end - ctx->data > 1500 ? XDP_DROP : XDP_PASS; }
SEC("xdp") int v6_walk(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct ipv6hdr *ip = (void *)(eth + 1);
	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IPV6))
		return XDP_PASS;
	__u8 next = ip->nexthdr;
	__u32 off = sizeof(*eth) + sizeof(*ip);
	for (int i = 0; i < 6; i++) {
		if (next != 0 && next != 43 && next != 44 && next != 60)
			break;
		__u8 *ext = data + off;
		if ((void *)(ext + 8) > end)
			return XDP_DROP;
		__u8 size = next == 44 ? 8 : (ext[1] + 1) * 8;
		next = ext[0];
		off = (off + size) & 0x3ff;
	}
	return next == IPPROTO_TCP ? XDP_TX : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
