/* SPDX-License-Identifier: Apache-2.0
 *
 * A layer-4 load balancer whose tables are swapped as a whole while packets go through it.
 *
 *   tenants   VLAN              -> deny list      (ARRAY_OF_MAPS of HASH)
 *   services  address,port,tcp  -> Maglev table   (HASH_OF_MAPS of ARRAY)
 *   backends  number            -> state, MAC     (ARRAY)
 *
 * It also watches the promise that such tables rest on: what an inner-map pointer leads to does not change, and
 * is not freed, while a reader may hold the pointer. Each inner map carries one generation number in all of its
 * elements, so two look-ups through one pointer that differ, a backend that was gone before the reader began,
 * or the poison of freed memory are violations, and are counted.
 */
#include "load-balancer.h"

/* Set by the control plane before loading. */
const volatile __u32 table_size = DEFAULT_TABLE_SIZE;
/* Every (audit_mask + 1)-th packet holds its table for a while and looks at many of its elements. */
const volatile __u32 audit_mask = 1023;

#define AUDIT_STEPS 512
/* Every 16,384th packet of the tracing program prints a line. */
#define TRACE_MASK 0x3fff

/* Sizes, not types, in inner definitions: clang leaves types that occur only there undefined in the BTF. */
struct deny_list {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DENY_LIST_ENTRIES);
	__uint(key_size, sizeof(struct address));
	__uint(value_size, sizeof(struct denied));
};

struct service_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_TABLE_SIZE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct pick));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MAX_TENANTS);
	__type(key, __u32);
	__array(values, struct deny_list);
} tenants SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, MAX_SERVICES);
	__type(key, struct service_key);
	__array(values, struct service_table);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct traffic);
} shares SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct statistics);
} counters SEC(".maps");

static __always_inline void check_generation(struct statistics *statistics, __u32 expected, __u32 seen)
{
	if (seen == POISON || expected == POISON)
		statistics->poisoned++;
	else if (seen != expected)
		statistics->mixed_generations++;
}

/* Whether the source is on the deny list. The list's stamp is looked up first, so that both must agree. */
static __always_inline int is_denied(void *list, const struct address *source, struct statistics *statistics)
{
	struct address stamp_key = {};
	struct denied *stamp, *entry;
	__u32 generation;

	statistics->lookups += 2;
	stamp = bpf_map_lookup_elem(list, &stamp_key);
	if (!stamp) {
		/* Every list has a stamp: this one was taken away under us. */
		statistics->mixed_generations++;
		return 0;
	}
	generation = stamp->generation;
	entry = bpf_map_lookup_elem(list, source);
	if (!entry)
		return 0;
	check_generation(statistics, generation, entry->generation);
	return 1;
}

/* Hold the table as long as a slow reader would, and see that it stays what it is. */
static __always_inline void audit(void *table, __u32 generation, struct statistics *statistics)
{
	__u32 size = table_size;
	__u32 step = size / AUDIT_STEPS + 1;
	__u32 index = 0;
	int i;

	statistics->audits++;
	statistics->lookups += AUDIT_STEPS;
#pragma clang loop unroll(disable)
	for (i = 0; i < AUDIT_STEPS; i++) {
		struct pick *pick = bpf_map_lookup_elem(table, &index);

		if (pick)
			check_generation(statistics, generation, pick->generation);
		index += step;
		if (index >= size)
			index = 0;
	}
}

static __always_inline int forward(struct xdp_md *ctx, __u32 number, struct statistics *statistics)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethernet_header *ethernet = data;
	struct backend *backend;
	struct traffic *share;

	statistics->lookups += 2;
	backend = bpf_map_lookup_elem(&backends, &number);
	share = bpf_map_lookup_elem(&shares, &number);
	if (!backend || !share || (void *)(ethernet + 1) > end) {
		statistics->no_backend++;
		return XDP_DROP;
	}
	if (backend->state == BACKEND_GONE)
		statistics->gone_backends++;
	__builtin_memcpy(ethernet->destination, backend->mac, sizeof(backend->mac));
	share->packets++;
	share->bytes += end - data;
	statistics->balanced++;
	return XDP_TX;
}

static __always_inline int balance(struct xdp_md *ctx, struct statistics *statistics)
{
	struct packet packet;
	struct service_key key;
	struct pick *pick;
	enum parsed parsed;
	void *list, *table;
	__u32 tenant, index, first = 0, number, generation;

	parsed = parse_packet(ctx, &packet);
	statistics->parsed[parsed]++;
	if (parsed == MALFORMED || parsed == TRUNCATED)
		return XDP_DROP;
	if (parsed != PARSED)
		return XDP_PASS;

	statistics->lookups += 2;
	tenant = packet.tenant;
	list = bpf_map_lookup_elem(&tenants, &tenant);
	if (!list) {
		statistics->no_tenant++;
	} else if (is_denied(list, &packet.source, statistics)) {
		statistics->denied++;
		return XDP_DROP;
	}

	key.address = packet.destination;
	key.port = packet.destination_port;
	key.protocol = packet.protocol;
	key.zero = 0;
	table = bpf_map_lookup_elem(&services, &key);
	if (!table) {
		statistics->no_service++;
		return XDP_PASS;
	}

	statistics->lookups += 2;
	index = ((__u64)flow_hash(&packet) * table_size) >> 32;
	pick = bpf_map_lookup_elem(table, &index);
	if (!pick) {
		statistics->no_backend++;
		return XDP_DROP;
	}
	number = pick->backend;
	generation = pick->generation;
	if (generation == POISON || number == POISON) {
		statistics->poisoned++;
		return XDP_ABORTED;
	}
	if ((statistics->packets & audit_mask) == 0)
		audit(table, generation, statistics);
	pick = bpf_map_lookup_elem(table, &first);
	if (pick)
		check_generation(statistics, generation, pick->generation);
	if (number == NO_BACKEND) {
		statistics->no_backend++;
		return XDP_DROP;
	}
	return forward(ctx, number, statistics);
}

static __always_inline struct statistics *begin(void)
{
	__u32 zero = 0;
	struct statistics *statistics = bpf_map_lookup_elem(&counters, &zero);

	if (statistics) {
		statistics->packets++;
		statistics->lookups++;
	}
	return statistics;
}

SEC("xdp")
int load_balancer(struct xdp_md *ctx)
{
	struct statistics *statistics = begin();

	return statistics ? balance(ctx, statistics) : XDP_ABORTED;
}

/* The same, and now and then a line for whoever reads the trace: installed while the other one runs. */
SEC("xdp")
int load_balancer_traced(struct xdp_md *ctx)
{
	struct statistics *statistics = begin();
	int verdict;

	if (!statistics)
		return XDP_ABORTED;
	verdict = balance(ctx, statistics);
	if ((statistics->packets & TRACE_MASK) == 0)
		bpf_printk("%llu packets, %llu balanced, verdict %d", statistics->packets, statistics->balanced, verdict);
	return verdict;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
