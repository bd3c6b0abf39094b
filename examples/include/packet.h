/* SPDX-License-Identifier: Apache-2.0
 *
 * What the examples know of packets: Ethernet, at most one VLAN tag, IPv4 or IPv6, TCP or UDP.
 * An IPv4 address is kept as the IPv6 address that maps it (::ffff:a.b.c.d), so that one table serves both.
 */
#ifndef INNERMAP_EXAMPLES_PACKET_H
#define INNERMAP_EXAMPLES_PACKET_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define IPV6_FRAGMENT 44
#define VLAN_ID_MASK 0x0fff
/* More fragments follow, or this is not the first one. */
#define IPV4_FRAGMENT_MASK 0x3fff
#define TCP_SYN 0x02

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 type;
};

struct vlan_tag {
	__be16 control;
	__be16 type;
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 service;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 time_to_live;
	__u8 protocol;
	__sum16 checksum;
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__be32 version_and_flow;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4];
	__be32 destination[4];
};

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 data_offset;
	__u8 flags;
	__be16 window;
	__sum16 checksum;
	__be16 urgent;
};

struct udp_header {
	__be16 source;
	__be16 destination;
	__be16 length;
	__sum16 checksum;
};

/* Words in network order. */
struct address {
	__be32 word[4];
};

struct packet {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u16 tenant;
	__u8 protocol;
	__u8 tcp_flags;
};

/* What became of a packet; the values index counters. */
enum parsed {
	PARSED,
	/* Neither IPv4 nor IPv6, or neither TCP nor UDP: not for us. */
	NOT_OURS,
	/* A fragment: its ports are not in it, or its data is elsewhere. */
	FRAGMENTED,
	/* A header contradicts itself. */
	MALFORMED,
	/* A header promises bytes that are not there. */
	TRUNCATED,
	PARSED_COUNT,
};

/* The transport header at `header`; `room` is what the IP header says is behind it. */
static __always_inline enum parsed parse_transport(void *header, void *end, __u32 room, struct packet *packet)
{
	if (packet->protocol == PROTOCOL_TCP) {
		struct tcp_header *tcp = header;

		if ((void *)(tcp + 1) > end)
			return TRUNCATED;
		if ((tcp->data_offset >> 4) < 5 || (__u32)(tcp->data_offset >> 4) * 4 > room)
			return MALFORMED;
		packet->source_port = tcp->source;
		packet->destination_port = tcp->destination;
		packet->tcp_flags = tcp->flags;
		return PARSED;
	}
	if (packet->protocol == PROTOCOL_UDP) {
		struct udp_header *udp = header;

		if ((void *)(udp + 1) > end)
			return TRUNCATED;
		if (bpf_ntohs(udp->length) < sizeof(*udp) || bpf_ntohs(udp->length) > room)
			return MALFORMED;
		packet->source_port = udp->source;
		packet->destination_port = udp->destination;
		packet->tcp_flags = 0;
		return PARSED;
	}
	return NOT_OURS;
}

static __always_inline void map_ipv4(struct address *address, __be32 ipv4)
{
	address->word[0] = 0;
	address->word[1] = 0;
	address->word[2] = bpf_htonl(0xffff);
	address->word[3] = ipv4;
}

static __always_inline enum parsed parse_ipv4(void *header, void *end, struct packet *packet)
{
	struct ipv4_header *ipv4 = header;
	__u32 length, total;

	if ((void *)(ipv4 + 1) > end)
		return TRUNCATED;
	length = (ipv4->version_and_length & 0x0f) * 4;
	total = bpf_ntohs(ipv4->total_length);
	if (ipv4->version_and_length >> 4 != 4 || length < sizeof(*ipv4) || total < length)
		return MALFORMED;
	if (header + total > end)
		return TRUNCATED;
	if (ipv4->fragment & bpf_htons(IPV4_FRAGMENT_MASK))
		return FRAGMENTED;
	map_ipv4(&packet->source, ipv4->source);
	map_ipv4(&packet->destination, ipv4->destination);
	packet->protocol = ipv4->protocol;
	return parse_transport(header + length, end, total - length, packet);
}

static __always_inline enum parsed parse_ipv6(void *header, void *end, struct packet *packet)
{
	struct ipv6_header *ipv6 = header;
	__u32 payload;

	if ((void *)(ipv6 + 1) > end)
		return TRUNCATED;
	payload = bpf_ntohs(ipv6->payload_length);
	if (bpf_ntohl(ipv6->version_and_flow) >> 28 != 6)
		return MALFORMED;
	if ((void *)(ipv6 + 1) + payload > end)
		return TRUNCATED;
	if (ipv6->next_header == IPV6_FRAGMENT)
		return FRAGMENTED;
	__builtin_memcpy(&packet->source, ipv6->source, sizeof(packet->source));
	__builtin_memcpy(&packet->destination, ipv6->destination, sizeof(packet->destination));
	packet->protocol = ipv6->next_header;
	return parse_transport(ipv6 + 1, end, payload, packet);
}

/* Tenants are told apart by VLAN; packets without a tag belong to tenant 0. */
static __always_inline enum parsed parse_packet(struct xdp_md *ctx, struct packet *packet)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethernet_header *ethernet = data;
	void *network = ethernet + 1;
	__be16 type;

	packet->tenant = 0;
	if (network > end)
		return TRUNCATED;
	type = ethernet->type;
	if (type == bpf_htons(ETHERTYPE_VLAN)) {
		struct vlan_tag *tag = network;

		network = tag + 1;
		if (network > end)
			return TRUNCATED;
		packet->tenant = bpf_ntohs(tag->control) & VLAN_ID_MASK;
		type = tag->type;
	}
	if (type == bpf_htons(ETHERTYPE_IPV4))
		return parse_ipv4(network, end, packet);
	if (type == bpf_htons(ETHERTYPE_IPV6))
		return parse_ipv6(network, end, packet);
	return NOT_OURS;
}

/* A mixing function in the manner of multiply-and-fold hashes: the same flow always gives the same value. */
static __always_inline __u32 flow_hash(const struct packet *packet)
{
	__u64 hash = 0x9e3779b97f4a7c15ULL;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		hash ^= packet->source.word[i] ^ ((__u64)packet->destination.word[i] << 32);
		hash *= 0xd6e8feb86659fd93ULL;
		hash ^= hash >> 32;
	}
	hash ^= packet->source_port ^ ((__u64)packet->destination_port << 16) ^ ((__u64)packet->protocol << 32);
	hash *= 0xd6e8feb86659fd93ULL;
	return hash >> 32;
}

#endif
