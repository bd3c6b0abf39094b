/**
 * Where the attributes of each command lie in `union bpf_attr`. `size` is how many bytes a command uses: what
 * lies behind must be zero (SPEC §1.5). Fields at or behind `size` are listed when callers are known to pass
 * them, so that a non-zero value is refused by name.
 */
import { Command } from '../../shared/uapi.js';

/** pointer: 8 bytes; name: text in 16 bytes; the others are numbers. */
export type FieldKind = 'u32' | 'i32' | 'u64' | 'pointer' | 'name';

export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly kind: FieldKind;
  /** The command writes its result here. */
  readonly out?: true;
  /** Not in the union: a buffer that another buffer would point to, if it could hold an address. */
  readonly beside?: true;
}

export interface Layout {
  readonly command: Command;
  readonly name: keyof typeof Command;
  readonly size: number;
  readonly fields: readonly Field[];
}

export const FIELD_SIZE: Record<FieldKind, number> = { u32: 4, i32: 4, u64: 8, pointer: 8, name: 16 };

const u32 = (name: string, offset: number): Field => ({ name, offset, kind: 'u32' });
/** Descriptors and node numbers, where -1 is a usual value. */
const i32 = (name: string, offset: number): Field => ({ name, offset, kind: 'i32' });
const u64 = (name: string, offset: number): Field => ({ name, offset, kind: 'u64' });
const pointer = (name: string, offset: number): Field => ({ name, offset, kind: 'pointer' });
const text = (name: string, offset: number): Field => ({ name, offset, kind: 'name' });
const out = (field: Field): Field => ({ ...field, out: true });

const MAP_CREATE: Field[] = [
  u32('map_type', 0),
  u32('key_size', 4),
  u32('value_size', 8),
  u32('max_entries', 12),
  u32('map_flags', 16),
  i32('inner_map_fd', 20),
  i32('numa_node', 24),
  text('map_name', 28),
  u32('map_ifindex', 44),
  i32('btf_fd', 48),
  u32('btf_key_type_id', 52),
  u32('btf_value_type_id', 56),
  u32('btf_vmlinux_value_type_id', 60),
  u64('map_extra', 64),
  i32('value_type_btf_obj_fd', 72),
  i32('map_token_fd', 76),
  pointer('excl_prog_hash', 80),
  u32('excl_prog_hash_size', 88),
];

const ELEMENT: Field[] = [i32('map_fd', 0), pointer('key', 8), pointer('value', 16), u64('flags', 24)];
const NEXT_KEY: Field[] = [i32('map_fd', 0), pointer('key', 8), pointer('next_key', 16), u64('flags', 24)];

const BATCH: Field[] = [
  pointer('in_batch', 0),
  pointer('out_batch', 8),
  pointer('keys', 16),
  pointer('values', 24),
  out(u32('count', 32)),
  i32('map_fd', 36),
  u64('elem_flags', 40),
  u64('flags', 48),
];

const PROG_LOAD: Field[] = [
  u32('prog_type', 0),
  u32('insn_cnt', 4),
  pointer('insns', 8),
  pointer('license', 16),
  u32('log_level', 24),
  u32('log_size', 28),
  pointer('log_buf', 32),
  u32('kern_version', 40),
  u32('prog_flags', 44),
  text('prog_name', 48),
  u32('prog_ifindex', 64),
  u32('expected_attach_type', 68),
  i32('prog_btf_fd', 72),
  u32('func_info_rec_size', 76),
  pointer('func_info', 80),
  u32('func_info_cnt', 88),
  u32('line_info_rec_size', 92),
  pointer('line_info', 96),
  u32('line_info_cnt', 104),
  u32('attach_btf_id', 108),
  i32('attach_prog_fd', 112),
  u32('core_relo_cnt', 116),
  pointer('fd_array', 120),
  pointer('core_relos', 128),
  u32('core_relo_rec_size', 136),
  out(u32('log_true_size', 140)),
  i32('prog_token_fd', 144),
  u32('fd_array_cnt', 148),
  pointer('signature', 152),
  u32('signature_size', 160),
  i32('keyring_id', 164),
];

const TEST_RUN: Field[] = [
  i32('prog_fd', 0),
  out(u32('retval', 4)),
  u32('data_size_in', 8),
  out(u32('data_size_out', 12)),
  pointer('data_in', 16),
  pointer('data_out', 24),
  u32('repeat', 32),
  out(u32('duration', 36)),
  u32('ctx_size_in', 40),
  out(u32('ctx_size_out', 44)),
  pointer('ctx_in', 48),
  pointer('ctx_out', 56),
  u32('flags', 64),
  u32('cpu', 68),
  u32('batch_size', 72),
];

const BTF_LOAD: Field[] = [
  pointer('btf', 0),
  pointer('btf_log_buf', 8),
  u32('btf_size', 16),
  u32('btf_log_size', 20),
  u32('btf_log_level', 24),
  out(u32('btf_log_true_size', 28)),
  u32('btf_flags', 32),
  i32('btf_token_fd', 36),
];

const OBJECT: Field[] = [pointer('pathname', 0), i32('bpf_fd', 8), u32('file_flags', 12), i32('path_fd', 16)];

/** `hash`, `map_ids` and `btf` are what the pointers of that name in the information point to. */
const INFO: Field[] = [
  i32('bpf_fd', 0),
  out(u32('info_len', 4)),
  pointer('info', 8),
  { name: 'hash', offset: 0, kind: 'pointer', beside: true },
  { name: 'map_ids', offset: 0, kind: 'pointer', beside: true },
  { name: 'btf', offset: 0, kind: 'pointer', beside: true },
];

const layout = (name: keyof typeof Command, size: number, fields: Field[]): Layout => ({
  command: Command[name],
  name,
  size,
  fields,
});

export const LAYOUTS: ReadonlyMap<number, Layout> = new Map(
  [
    layout('MAP_CREATE', 92, MAP_CREATE),
    layout('MAP_LOOKUP_ELEM', 32, ELEMENT),
    layout('MAP_UPDATE_ELEM', 32, ELEMENT),
    layout('MAP_DELETE_ELEM', 16, ELEMENT),
    layout('MAP_GET_NEXT_KEY', 24, NEXT_KEY),
    layout('MAP_LOOKUP_AND_DELETE_ELEM', 32, ELEMENT),
    layout('MAP_FREEZE', 4, [i32('map_fd', 0)]),
    layout('MAP_LOOKUP_BATCH', 56, BATCH),
    layout('MAP_LOOKUP_AND_DELETE_BATCH', 56, BATCH),
    layout('MAP_UPDATE_BATCH', 56, BATCH),
    layout('MAP_DELETE_BATCH', 56, BATCH),
    layout('MAP_GET_FD_BY_ID', 12, [u32('map_id', 0), u32('open_flags', 8)]),
    layout('MAP_GET_NEXT_ID', 8, [u32('start_id', 0), out(u32('next_id', 4))]),
    layout('PROG_GET_FD_BY_ID', 4, [u32('prog_id', 0)]),
    layout('PROG_GET_NEXT_ID', 8, [u32('start_id', 0), out(u32('next_id', 4))]),
    layout('PROG_LOAD', 168, PROG_LOAD),
    layout('PROG_TEST_RUN', 76, TEST_RUN),
    layout('PROG_BIND_MAP', 12, [i32('prog_fd', 0), i32('map_fd', 4), u32('flags', 8)]),
    layout('OBJ_GET_INFO_BY_FD', 16, INFO),
    layout('OBJ_PIN', 20, OBJECT),
    layout('OBJ_GET', 20, OBJECT),
    layout('BTF_LOAD', 40, BTF_LOAD),
    layout('BTF_GET_FD_BY_ID', 16, [u32('btf_id', 0), u32('open_flags', 8), i32('fd_by_id_token_fd', 12)]),
    layout('BTF_GET_NEXT_ID', 8, [u32('start_id', 0), out(u32('next_id', 4))]),
  ].map((entry) => [entry.command, entry]),
);

/** `sizeof(union bpf_attr)` of Linux 6.18. */
export const ATTRIBUTE_SIZE = 168;
