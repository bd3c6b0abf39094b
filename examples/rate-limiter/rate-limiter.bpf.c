/* SPDX-License-Identifier: Apache-2.0
 *
 * A rate limiter: each tenant (VLAN) has a limit of its own, a token bucket for every CPU. Since a bucket has one
 * writer there is no lock; a tenant's limit is the sum over the CPUs. A new limit is a new set of buckets.
 */
#include "../include/packet.h"

#define MAX_TENANTS 1024
#define SECOND 1000000000ULL

struct bucket {
	/* Tokens a second, and the most that can be saved up. Set when the bucket is made. */
	__u64 rate;
	__u64 burst;
	/* Billionths of a token, and when they were counted. */
	__u64 saved;
	__u64 counted_at;
	__u64 passed;
	__u64 dropped;
};

struct limit {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bucket));
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, MAX_TENANTS);
	__type(key, __u32);
	__array(values, struct limit);
} tenants SEC(".maps");

/* Fill up for the time that has passed. Long pauses are cut short, so that the product cannot overflow. */
static __always_inline void refill(struct bucket *bucket, __u64 now)
{
	__u64 passed = now - bucket->counted_at;
	__u64 full = bucket->burst * SECOND;

	if (passed > SECOND)
		passed = SECOND;
	bucket->counted_at = now;
	bucket->saved += passed * bucket->rate;
	if (bucket->saved > full)
		bucket->saved = full;
}

SEC("xdp")
int rate_limiter(struct xdp_md *ctx)
{
	struct packet packet;
	enum parsed parsed = parse_packet(ctx, &packet);
	__u32 tenant = packet.tenant, zero = 0;
	struct bucket *bucket;
	void *limit;

	if (parsed == MALFORMED || parsed == TRUNCATED)
		return XDP_DROP;
	limit = bpf_map_lookup_elem(&tenants, &tenant);
	if (!limit)
		return XDP_PASS;
	bucket = bpf_map_lookup_elem(limit, &zero);
	if (!bucket)
		return XDP_PASS;
	refill(bucket, bpf_ktime_get_ns());
	if (bucket->saved < SECOND) {
		bucket->dropped++;
		return XDP_DROP;
	}
	bucket->saved -= SECOND;
	bucket->passed++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
