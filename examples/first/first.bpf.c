#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u64 step = 1; /* a constant: set before the load */
__u64 dropped;                 /* a variable: read and written while the program runs */

struct counts { /* protocol (EtherType as it lies in the frame) → frames */
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u16);
  __type(value, __u64);
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, struct counts);
} allowed SEC(".maps");

static int drop(void) {
  __sync_fetch_and_add(&dropped, 1);
  return XDP_DROP;
}

SEC("xdp")
int first(struct xdp_md *ctx) {
  __u8 *frame = (void *)(long)ctx->data;
  if (frame + 14 > (__u8 *)(long)ctx->data_end)
    return drop();
  __u32 zero = 0;
  void *counts = bpf_map_lookup_elem(&allowed, &zero);
  __u64 *count = counts ? bpf_map_lookup_elem(counts, frame + 12) : 0;
  if (!count)
    return drop();
  __sync_fetch_and_add(count, step);
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
