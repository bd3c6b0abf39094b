/** Helper functions by their numbers in the kernel's user interface. */

export interface Helper {
  id: number;
  /** The kernel's name, `bpf_…`. */
  name: string;
  /** Its first argument is a map. */
  takesMap: boolean;
  /** The compiler can call it. */
  supported: boolean;
}

export const HelperId = {
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  KTIME_GET_NS: 5,
  TRACE_PRINTK: 6,
  GET_PRANDOM_U32: 7,
  GET_SMP_PROCESSOR_ID: 8,
} as const;

const SUPPORTED: ReadonlySet<number> = new Set(Object.values(HelperId));

/** Name without `bpf_`, number, and `map` when the first argument is one. */
const TABLE = `
  map_lookup_elem 1 map, map_update_elem 2 map, map_delete_elem 3 map, probe_read 4, ktime_get_ns 5, trace_printk 6,
  get_prandom_u32 7, get_smp_processor_id 8, skb_store_bytes 9, l3_csum_replace 10, l4_csum_replace 11, tail_call 12,
  clone_redirect 13, get_current_pid_tgid 14, get_current_uid_gid 15, get_current_comm 16, get_cgroup_classid 17,
  skb_vlan_push 18, skb_vlan_pop 19, skb_get_tunnel_key 20, skb_set_tunnel_key 21, perf_event_read 22 map, redirect 23,
  get_route_realm 24, perf_event_output 25, skb_load_bytes 26, get_stackid 27, csum_diff 28, skb_get_tunnel_opt 29,
  skb_set_tunnel_opt 30, skb_change_proto 31, skb_change_type 32, skb_under_cgroup 33, get_hash_recalc 34,
  get_current_task 35, probe_write_user 36, current_task_under_cgroup 37 map, skb_change_tail 38, skb_pull_data 39,
  csum_update 40, set_hash_invalid 41, get_numa_node_id 42, skb_change_head 43, xdp_adjust_head 44, probe_read_str 45,
  get_socket_cookie 46, get_socket_uid 47, set_hash 48, setsockopt 49, skb_adjust_room 50, redirect_map 51 map,
  xdp_adjust_meta 54, perf_event_read_value 55 map, perf_prog_read_value 56, xdp_adjust_tail 65, skb_load_bytes_relative 68,
  fib_lookup 69, map_push_elem 87 map, map_pop_elem 88 map, map_peek_elem 89 map, spin_lock 93, spin_unlock 94,
  probe_read_user 112, probe_read_kernel 113, jiffies64 118, ktime_get_boot_ns 125, ringbuf_output 130 map,
  ringbuf_reserve 131 map, ringbuf_submit 132, ringbuf_discard 133, ringbuf_query 134 map, csum_level 135,
  redirect_neigh 152, redirect_peer 155, ktime_get_coarse_ns 160, check_mtu 163, for_each_map_elem 164 map, snprintf 165,
  timer_init 169, timer_set_callback 170, timer_start 171, timer_cancel 172, trace_vprintk 177, bpf_loop 181,
  strncmp 182, xdp_get_buff_len 188, xdp_load_bytes 189, xdp_store_bytes 190, map_lookup_percpu_elem 195 map,
  dynptr_from_mem 197, ringbuf_reserve_dynptr 198 map, ringbuf_submit_dynptr 199, ringbuf_discard_dynptr 200,
  dynptr_read 201, dynptr_write 202, dynptr_data 203, ktime_get_tai_ns 208, user_ringbuf_drain 209 map
`;

const HELPERS: readonly Helper[] = TABLE.split(',').map((entry) => {
  const [name = '', id = '', map] = entry.trim().split(' ');
  const full = name.startsWith('bpf_') ? name : `bpf_${name}`;
  return { id: Number(id), name: full, takesMap: map === 'map', supported: SUPPORTED.has(Number(id)) };
});

const BY_ID: ReadonlyMap<number, Helper> = new Map(HELPERS.map((helper) => [helper.id, helper]));
const BY_NAME: ReadonlyMap<string, Helper> = new Map(HELPERS.map((helper) => [helper.name, helper]));

export function helperById(id: number): Helper | undefined {
  return BY_ID.get(id);
}

export function helperByName(name: string): Helper | undefined {
  return BY_NAME.get(name);
}
