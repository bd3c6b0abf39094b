#include "net.h"
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } marks SEC(".maps");
struct bucket { struct bpf_spin_lock lock; __u32 tokens; __u64 last; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, struct bucket); } buckets SEC(".maps");
#define IP_OFF ETH_HLEN

SEC("tc") int snat(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	if ((void *)(ip + 1) > end || skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	__be32 old = ip->saddr, new = bpf_htonl(0xc0a80001);
	__u8 proto = ip->protocol;
	int l4 = ETH_HLEN + ip->ihl * 4;
	if (proto == IPPROTO_TCP)
		bpf_l4_csum_replace(skb, l4 + offsetof(struct tcphdr, check), old, new, BPF_F_PSEUDO_HDR | 4);
	if (proto == IPPROTO_UDP)
		bpf_l4_csum_replace(skb, l4 + offsetof(struct udphdr, check), old, new, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | 4);
	bpf_l3_csum_replace(skb, IP_OFF + offsetof(struct iphdr, check), old, new, 4);
	if (bpf_skb_store_bytes(skb, IP_OFF + offsetof(struct iphdr, saddr), &new, 4, 0))
		return TC_ACT_SHOT;
	return TC_ACT_PIPE;
}
SEC("tc") int push_vlan(struct __sk_buff *skb) { return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 42) ? TC_ACT_SHOT : TC_ACT_OK; }
SEC("tc") int pop_vlan(struct __sk_buff *skb) { return bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : skb->vlan_present; }
SEC("tc") int tunnel(struct __sk_buff *skb)
{
	struct { struct iphdr ip; struct udphdr udp; } outer = {};
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP))
		return TC_ACT_SHOT;
	outer.ip.version = 4; outer.ip.ihl = 5; outer.ip.ttl = 64; outer.ip.protocol = IPPROTO_UDP;
	outer.ip.tot_len = bpf_htons(skb->len - ETH_HLEN);
	outer.udp.dest = bpf_htons(4789); outer.udp.len = bpf_htons(skb->len - ETH_HLEN - sizeof(outer.ip));
	__s64 sum = bpf_csum_diff(0, 0, (void *)&outer.ip, sizeof(outer.ip), 0);
	outer.ip.check = fold(sum);
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), BPF_F_INVALIDATE_HASH))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}
SEC("tc") int decap(struct __sk_buff *skb)
{
	__u8 proto;
	if (skb->protocol != bpf_htons(ETH_P_IP) || bpf_skb_load_bytes(skb, 23, &proto, 1))
		return TC_ACT_OK;
	return bpf_skb_adjust_room(skb, -20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO) ? TC_ACT_SHOT : TC_ACT_OK;
}
SEC("tc") int to_v6(struct __sk_buff *skb)
{
	struct ipv6hdr ip6 = {.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_UDP};
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0))
		return TC_ACT_SHOT;
	ip6.payload_len = bpf_htons(skb->len - ETH_HLEN - sizeof(ip6));
	bpf_skb_store_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6), 0);
	return skb->protocol == bpf_htons(ETH_P_IPV6) ? TC_ACT_OK : TC_ACT_SHOT;
}
SEC("tc") int pull(struct __sk_buff *skb)
{
	if (bpf_skb_pull_data(skb, 54))
		return TC_ACT_SHOT;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct tcphdr *tcp = data + 34;
	if ((void *)(tcp + 1) > end)
		return TC_ACT_UNSPEC;
	__u32 key = bpf_ntohs(tcp->dest);
	__u64 one = 1, *count = bpf_map_lookup_elem(&marks, &key);
	if (count) __sync_fetch_and_add(count, one);
	else bpf_map_update_elem(&marks, &key, &one, BPF_ANY);
	skb->mark = key;
	skb->cb[0] = skb->mark + 1;
	skb->priority = 7;
	return skb->cb[0] & 7;
}
SEC("tc") int bucket(struct __sk_buff *skb)
{
	__u32 key = 1;
	struct bucket *b = bpf_map_lookup_elem(&buckets, &key);
	int verdict = TC_ACT_SHOT;
	if (!b) return TC_ACT_OK;
	__u64 now = bpf_ktime_get_ns();
	bpf_spin_lock(&b->lock);
	if (!b->last) { b->tokens = 3; b->last = 1; }
	if (b->tokens) { b->tokens--; verdict = TC_ACT_OK; }
	bpf_spin_unlock(&b->lock);
	return now ? verdict : TC_ACT_RECLASSIFY;
}
SEC("tc") int resize(struct __sk_buff *skb)
{
	if (bpf_skb_change_tail(skb, skb->len + 10, 0)) return TC_ACT_SHOT;
	if (bpf_skb_change_head(skb, 14, 0)) return TC_ACT_SHOT;
	return skb->len & 0xff;
}
SEC("classifier") int legacy_section(struct __sk_buff *skb) { return skb->len > 64 ? TC_ACT_SHOT : bpf_redirect(1, 0); }
SEC("tc") int hashes(struct __sk_buff *skb) { bpf_set_hash_invalid(skb); return bpf_skb_change_type(skb, 0) ? 1 : skb->pkt_type; }
SEC("tc") int route(struct __sk_buff *skb)
{
	struct bpf_fib_lookup p = {.family = 2, .ifindex = 1, .ipv4_dst = bpf_htonl(0x7f000001)};
	long r = bpf_fib_lookup(skb, &p, sizeof(p), 0);
	return r > 100 ? TC_ACT_SHOT : TC_ACT_OK;
}
SEC("socket") int sockf(struct __sk_buff *skb)
{
	__u8 proto = 0; __be16 port = 0;
	if (bpf_skb_load_bytes(skb, 9, &proto, 1)) return 0;
	if (bpf_skb_load_bytes_relative(skb, 0, &port, 2, BPF_HDR_START_NET) < 0) return 0;
	return proto == IPPROTO_UDP ? skb->len : proto;
}
SEC("cgroup_skb/ingress") int cg_in(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data;
	if ((void *)(ip + 1) > end) return 1;
	return ip->protocol != IPPROTO_TCP;
}
SEC("cgroup_skb/egress") int cg_out(struct __sk_buff *skb) { return 3; }
SEC("action") int tc_action(struct __sk_buff *skb) { return skb->tc_index ? 2 : 0; }
char LICENSE[] SEC("license") = "Dual BSD/GPL";
