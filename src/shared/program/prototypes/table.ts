/**
 * Helpers by number. A line: name, number, `(arguments)`, result, and flags: `gpl` only for GPL programs, `pkt`
 * takes packet pointers as memory, `moves` changes the packet, `acquires` gives a reference, `casts` hands on the
 * reference of its argument, `sleeps`.
 */
export const HELPER_TABLE = `
map_lookup_elem 1 (map key) value? pkt
map_update_elem 2 (map key value any) int pkt
map_delete_elem 3 (map key) int pkt
probe_read 4 (out size0 any) int gpl
ktime_get_ns 5 () int
trace_printk 6 (mem size) int gpl
get_prandom_u32 7 () int
get_smp_processor_id 8 () int
skb_store_bytes 9 (ctx any mem size any) int moves
l3_csum_replace 10 (ctx any any any any) int moves
l4_csum_replace 11 (ctx any any any any) int moves
tail_call 12 (ctx map any) void
clone_redirect 13 (ctx any any) int moves
get_current_pid_tgid 14 () int
get_current_uid_gid 15 () int
get_current_comm 16 (out size) int
get_cgroup_classid 17 (ctx) int
skb_vlan_push 18 (ctx any any) int moves
skb_vlan_pop 19 (ctx) int moves
skb_get_tunnel_key 20 (ctx out size any) int
skb_set_tunnel_key 21 (ctx mem size any) int
perf_event_read 22 (map any) int gpl
redirect 23 (any any) int
get_route_realm 24 (ctx) int
perf_event_output 25 (ctx map any mem size0) int gpl
skb_load_bytes 26 (ctx any out size) int
get_stackid 27 (ctx map any) int gpl
csum_diff 28 (mem? size0 mem? size0 any) int pkt
skb_get_tunnel_opt 29 (ctx out size) int
skb_set_tunnel_opt 30 (ctx mem size) int
skb_change_proto 31 (ctx any any) int moves
skb_change_type 32 (ctx any) int
skb_under_cgroup 33 (ctx map any) int
get_hash_recalc 34 (ctx) int
get_current_task 35 () int gpl
current_task_under_cgroup 37 (map any) int
skb_change_tail 38 (ctx any any) int moves
skb_pull_data 39 (ctx any) int moves
csum_update 40 (ctx any) int
set_hash_invalid 41 (ctx) int
get_numa_node_id 42 () int
skb_change_head 43 (ctx any any) int moves
xdp_adjust_head 44 (ctx any) int moves
probe_read_str 45 (out size0 any) int gpl
get_socket_cookie 46 (ctx) int
get_socket_uid 47 (ctx) int
set_hash 48 (ctx any) int
skb_adjust_room 50 (ctx any any any) int moves
redirect_map 51 (map any any) int
xdp_adjust_meta 54 (ctx any) int moves
perf_event_read_value 55 (map any out size) int gpl
perf_prog_read_value 56 (ctx out size) int gpl
xdp_adjust_tail 65 (ctx any) int moves
get_stack 67 (ctx out size0 any) int gpl
skb_load_bytes_relative 68 (ctx any out size any) int
fib_lookup 69 (ctx inout size any) int gpl
lwt_push_encap 73 (ctx any mem size) int moves
lwt_seg6_store_bytes 74 (ctx any mem size) int moves
lwt_seg6_adjust_srh 75 (ctx any any) int moves
lwt_seg6_action 76 (ctx any mem size) int moves
skb_cgroup_id 79 (ctx) int
get_current_cgroup_id 80 () int
skb_ancestor_cgroup_id 83 (ctx any) int
sk_lookup_tcp 84 (ctx mem size0 any any) sock? pkt acquires
sk_lookup_udp 85 (ctx mem size0 any any) sock? pkt acquires
map_push_elem 87 (map value any) int pkt
map_pop_elem 88 (map outvalue) int
map_peek_elem 89 (map outvalue) int
spin_lock 93 (lock) void
spin_unlock 94 (lock) void
skb_ecn_set_ce 97 (ctx) int
skc_lookup_tcp 99 (ctx mem size0 any any) sock_common? pkt acquires
strtol 105 (mem size any fixed8) int
strtoul 106 (mem size any fixed8) int
send_signal 109 (any) int
probe_read_user 112 (out size0 any) int gpl
probe_read_kernel 113 (out size0 any) int gpl
probe_read_user_str 114 (out size0 any) int gpl
probe_read_kernel_str 115 (out size0 any) int gpl
send_signal_thread 117 (any) int
jiffies64 118 () int
get_ns_current_pid_tgid 120 (any any out size) int
get_current_ancestor_cgroup_id 123 (any) int
ktime_get_boot_ns 125 () int
sk_release 86 (sock) int
ringbuf_output 130 (map mem size0 any) int
ringbuf_reserve 131 (map allocsize any) record? acquires
ringbuf_submit 132 (record any) void
ringbuf_discard 133 (record any) void
ringbuf_query 134 (map any) int
csum_level 135 (ctx any) int
redirect_neigh 152 (any mem? size0 any) int
redirect_peer 155 (any any) int
ktime_get_coarse_ns 160 () int
check_mtu 163 (ctx any fixed4 any any) int gpl
for_each_map_elem 164 (map func stack? any) int
snprintf 165 (out? size0 string mem? size0) int gpl
timer_init 169 (timer map any) int gpl
timer_set_callback 170 (timer func) int gpl
timer_start 171 (timer any any) int gpl
timer_cancel 172 (timer) int gpl
get_func_ip 173 (ctx) int gpl
get_attach_cookie 174 (ctx) int
get_branch_snapshot 176 (out size0 any) int gpl
trace_vprintk 177 (mem size mem? size0) int gpl
find_vma 180 (task any func stack? any) int
loop 181 (any func stack? any) int
strncmp 182 (mem size string) int
xdp_get_buff_len 188 (ctx) int
xdp_load_bytes 189 (ctx any out size) int
xdp_store_bytes 190 (ctx any mem size) int
skb_set_tstamp 192 (ctx any any) int
map_lookup_percpu_elem 195 (map key any) value? pkt
dynptr_from_mem 197 (out size0 any newdynptr:local) int
ringbuf_reserve_dynptr 198 (map any any newdynptr:ringbuf) int
ringbuf_submit_dynptr 199 (enddynptr any) void
ringbuf_discard_dynptr 200 (enddynptr any) void
dynptr_read 201 (out size0 dynptr any any) int
dynptr_write 202 (dynptr any mem size0 any) int
dynptr_data 203 (dynptr any allocsize) slice?
ktime_get_tai_ns 208 () int
user_ringbuf_drain 209 (map func stack? any) int
skb_get_xfrm_state 66 (ctx any out size any) int
sk_fullsock 95 (sockcommon) sock? casts
tcp_sock 96 (sockcommon) tcp_sock? casts
get_listener_sock 98 (sockcommon) sock?
tcp_check_syncookie 100 (sock mem size mem size) int gpl pkt
sk_storage_get 107 (map sock value? any) value?
sk_storage_delete 108 (map sock) int
tcp_gen_syncookie 110 (sock mem size mem size) int gpl pkt
read_branch_records 119 (ctx out? size0 any) int gpl
get_netns_cookie 122 (ctx?) int
sk_assign 124 (ctx sock any) int
sk_cgroup_id 128 (sock) int
sk_ancestor_cgroup_id 129 (sock any) int
skc_to_tcp6_sock 136 (sock) btf? casts
skc_to_tcp_sock 137 (sock) btf? casts
skc_to_tcp_timewait_sock 138 (sock) btf? casts
skc_to_tcp_request_sock 139 (sock) btf? casts
skc_to_udp6_sock 140 (sock) btf? casts
get_task_stack 141 (task out size0 any) int
copy_from_user 148 (out size0 any) int sleeps
snprintf_btf 149 (inout size mem size any) int
skb_cgroup_classid 151 (ctx) int
per_cpu_ptr 153 (percpu any) btf?
this_cpu_ptr 154 (percpu) btf?
task_storage_get 156 (map task? value? any) value?
task_storage_delete 157 (map task?) int
get_current_task_btf 158 () task gpl
sys_bpf 166 (any mem size) int
btf_find_by_name_kind 167 (mem size any any) int
sys_close 168 (any) int
task_pt_regs 175 (task) task gpl
skc_to_unix_sock 178 (sock) btf?
copy_from_user_task 191 (out size0 any task any) int gpl sleeps
kptr_xchg 194 (kptr any) int
skc_to_mptcp_sock 196 (sockcommon) btf? casts
tcp_raw_gen_syncookie_ipv4 204 (read20 mem size0) int gpl pkt
tcp_raw_gen_syncookie_ipv6 205 (read40 mem size0) int gpl pkt
tcp_raw_check_syncookie_ipv4 206 (read20 read20) int gpl pkt
tcp_raw_check_syncookie_ipv6 207 (read40 read20) int gpl pkt
get_local_storage 81 (map any) value
cgrp_storage_get 210 (map task? value? any) value?
cgrp_storage_delete 211 (map task?) int
`;

/** Helpers of the kernel that are known by name only: number and arity count for liveness. */
export const NAMED_ONLY = `
probe_write_user 36, setsockopt 49, sk_redirect_map 52, sock_map_update 53, getsockopt 57, override_return 58,
sock_ops_cb_flags_set 59, msg_redirect_map 60, msg_apply_bytes 61, msg_cork_bytes 62, msg_pull_data 63, bind 64,
sock_hash_update 70, msg_redirect_hash 71, sk_redirect_hash 72, rc_repeat 77, rc_keydown 78,
sk_select_reuseport 82, msg_push_data 90, msg_pop_data 91, rc_pointer_rel 92, sysctl_get_name 101,
sysctl_get_current_value 102, sysctl_get_new_value 103, sysctl_set_new_value 104, skb_output 111, tcp_send_ack 116,
xdp_output 121, seq_printf 126, seq_write 127, load_hdr_opt 142, store_hdr_opt 143, reserve_hdr_opt 144,
inode_storage_get 145, inode_storage_delete 146, d_path 147, seq_printf_btf 150, bprm_opts_set 159,
ima_inode_hash 161, sock_from_file 162, kallsyms_lookup_name 179, get_func_arg 183, get_func_ret 184,
get_func_arg_cnt 185, get_retval 186, set_retval 187, ima_file_hash 193
`;
