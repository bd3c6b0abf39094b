/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream of events: whenever a TCP connection begins (a SYN without ACK), a record goes into the ring of the CPU
 * that saw it. Every CPU has a ring of its own, an inner map under its number, so that writers never meet.
 */
#include "../include/packet.h"

#define MAX_CPUS 256
#define RING_BYTES 65536
#define TCP_ACK 0x10

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MAX_CPUS);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Counted by CPU: every CPU writes its own element. */
struct lost {
	__u64 full;
	__u64 no_ring;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lost);
} lost_events SEC(".maps");

struct connection {
	__u64 time;
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u16 tenant;
	__u16 cpu;
};

SEC("xdp")
int event_stream(struct xdp_md *ctx)
{
	struct packet packet;
	struct connection *event;
	struct lost *lost;
	__u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	void *ring;

	if (parse_packet(ctx, &packet) != PARSED)
		return XDP_PASS;
	if (packet.protocol != PROTOCOL_TCP || (packet.tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return XDP_PASS;
	lost = bpf_map_lookup_elem(&lost_events, &zero);
	if (!lost)
		return XDP_PASS;
	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring) {
		lost->no_ring++;
		return XDP_PASS;
	}
	event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
	if (!event) {
		lost->full++;
		return XDP_PASS;
	}
	event->time = bpf_ktime_get_ns();
	event->source = packet.source;
	event->destination = packet.destination;
	event->source_port = packet.source_port;
	event->destination_port = packet.destination_port;
	event->tenant = packet.tenant;
	event->cpu = cpu;
	bpf_ringbuf_submit(event, 0);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
