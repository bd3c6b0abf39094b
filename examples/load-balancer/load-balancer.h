/* SPDX-License-Identifier: Apache-2.0
 *
 * What the load balancer's program and its control plane agree on.
 */
#ifndef INNERMAP_EXAMPLES_LOAD_BALANCER_H
#define INNERMAP_EXAMPLES_LOAD_BALANCER_H

#include "../include/packet.h"

#define MAX_TENANTS 64
#define MAX_SERVICES 4096
#define MAX_BACKENDS 4096
#define DENY_LIST_ENTRIES 256
/* A prime, as Maglev hashing needs it. The control plane may choose another one, here and in `table_size`. */
#define DEFAULT_TABLE_SIZE 4093

/* A freed map is filled with this byte when the runtime poisons. */
#define POISON 0x6b6b6b6b
/* In a service's table: the service has no backend. */
#define NO_BACKEND 0xffffffff

/* Written by the control plane only after no reader can see the backend in any table. */
enum backend_state { BACKEND_UNUSED, BACKEND_SERVING, BACKEND_GONE };

struct service_key {
	struct address address;
	__be16 port;
	__u8 protocol;
	__u8 zero;
};

/* An element of a service's table. Every element of one table has the same generation. */
struct pick {
	__u32 backend;
	__u32 generation;
};

/* An element of a deny list. The one under the all-zero address is the list's stamp. */
struct denied {
	__u32 generation;
	__u32 reason;
};

struct backend {
	__u32 state;
	__u8 mac[6];
	__u8 zero[2];
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct statistics {
	__u64 packets;
	__u64 lookups;
	/* By enum parsed. */
	__u64 parsed[PARSED_COUNT];
	__u64 no_tenant;
	__u64 denied;
	__u64 no_service;
	__u64 no_backend;
	__u64 balanced;
	__u64 audits;
	/* Violations: each of these must stay 0. */
	__u64 mixed_generations;
	__u64 gone_backends;
	__u64 poisoned;
};

#endif
