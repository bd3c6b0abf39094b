/* SPDX-License-Identifier: Apache-2.0
 *
 * A firewall: each tenant (VLAN) has a rule set of its own, a trie of CIDR blocks; the longest match decides.
 * A rule set is replaced as a whole, so that no packet ever sees half of the old and half of the new one.
 */
#include "../include/packet.h"

#define MAX_TENANTS 64
#define MAX_RULES 1024

enum action { DENY, ALLOW };

struct block {
	/* Bits of the address that count; an IPv4 block of /n has 96 + n. */
	__u32 prefix_length;
	struct address address;
};

struct rule {
	__u32 action;
	__u32 number;
};

struct rule_set {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_RULES);
	__uint(key_size, sizeof(struct block));
	__uint(value_size, sizeof(struct rule));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MAX_TENANTS);
	__type(key, __u32);
	__array(values, struct rule_set);
} tenants SEC(".maps");

enum { ALLOWED, DENIED, UNMATCHED, NO_RULE_SET, UNPARSED, COUNTERS };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline int count(__u32 what, int verdict)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &what);

	if (counter)
		(*counter)++;
	return verdict;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
	struct packet packet;
	struct block block = { .prefix_length = 128 };
	enum parsed parsed = parse_packet(ctx, &packet);
	__u32 tenant = packet.tenant;
	struct rule *rule;
	void *rules;

	if (parsed == MALFORMED || parsed == TRUNCATED)
		return count(UNPARSED, XDP_DROP);
	if (parsed != PARSED)
		return count(UNPARSED, XDP_PASS);
	rules = bpf_map_lookup_elem(&tenants, &tenant);
	if (!rules)
		return count(NO_RULE_SET, XDP_DROP);
	block.address = packet.source;
	rule = bpf_map_lookup_elem(rules, &block);
	if (!rule)
		return count(UNMATCHED, XDP_DROP);
	return rule->action == ALLOW ? count(ALLOWED, XDP_PASS) : count(DENIED, XDP_DROP);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
