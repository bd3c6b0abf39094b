/**
 * `union bpf_attr` of the commands that the peer uses, written from the kernel's user interface and on purpose
 * not shared with the library: a wrong offset there must show as a difference between the two.
 */

/** Attributes by their kernel names; absent ones are 0. Pointers are `Uint8Array` or null. */
export type PeerAttributes = Record<string, number | bigint | string | Uint8Array | null | undefined>;

type Kind = 'u32' | 'u64' | 'pointer' | 'name';
type FieldRow = readonly [name: string, offset: number, kind: Kind, out?: 'out'];

interface CommandRow {
  readonly number: number;
  readonly size: number;
  readonly fields: readonly FieldRow[];
}

const ELEMENT: readonly FieldRow[] = [
  ['map_fd', 0, 'u32'],
  ['key', 8, 'pointer'],
  ['value', 16, 'pointer'],
  ['flags', 24, 'u64'],
];

const BATCH: readonly FieldRow[] = [
  ['in_batch', 0, 'pointer'],
  ['out_batch', 8, 'pointer'],
  ['keys', 16, 'pointer'],
  ['values', 24, 'pointer'],
  ['count', 32, 'u32', 'out'],
  ['map_fd', 36, 'u32'],
  ['elem_flags', 40, 'u64'],
  ['flags', 48, 'u64'],
];

const COMMANDS = {
  MAP_CREATE: {
    number: 0,
    size: 92,
    fields: [
      ['map_type', 0, 'u32'],
      ['key_size', 4, 'u32'],
      ['value_size', 8, 'u32'],
      ['max_entries', 12, 'u32'],
      ['map_flags', 16, 'u32'],
      ['inner_map_fd', 20, 'u32'],
      ['map_name', 28, 'name'],
      ['btf_fd', 48, 'u32'],
      ['btf_key_type_id', 52, 'u32'],
      ['btf_value_type_id', 56, 'u32'],
      ['map_extra', 64, 'u64'],
    ],
  },
  MAP_LOOKUP_ELEM: { number: 1, size: 32, fields: ELEMENT },
  MAP_UPDATE_ELEM: { number: 2, size: 32, fields: ELEMENT },
  MAP_DELETE_ELEM: { number: 3, size: 32, fields: ELEMENT },
  MAP_GET_NEXT_KEY: {
    number: 4,
    size: 32,
    fields: [
      ['map_fd', 0, 'u32'],
      ['key', 8, 'pointer'],
      ['next_key', 16, 'pointer'],
    ],
  },
  PROG_LOAD: {
    number: 5,
    size: 152,
    fields: [
      ['prog_type', 0, 'u32'],
      ['insn_cnt', 4, 'u32'],
      ['insns', 8, 'pointer'],
      ['license', 16, 'pointer'],
      ['log_level', 24, 'u32'],
      ['log_size', 28, 'u32'],
      ['log_buf', 32, 'pointer'],
      ['kern_version', 40, 'u32'],
      ['prog_flags', 44, 'u32'],
      ['prog_name', 48, 'name'],
      ['expected_attach_type', 68, 'u32'],
      ['prog_btf_fd', 72, 'u32'],
      ['func_info_rec_size', 76, 'u32'],
      ['func_info', 80, 'pointer'],
      ['func_info_cnt', 88, 'u32'],
      ['line_info_rec_size', 92, 'u32'],
      ['line_info', 96, 'pointer'],
      ['line_info_cnt', 104, 'u32'],
      ['fd_array', 120, 'pointer'],
      ['fd_array_cnt', 148, 'u32'],
    ],
  },
  BTF_LOAD: {
    number: 18,
    size: 28,
    fields: [
      ['btf', 0, 'pointer'],
      ['btf_log_buf', 8, 'pointer'],
      ['btf_size', 16, 'u32'],
      ['btf_log_size', 20, 'u32'],
      ['btf_log_level', 24, 'u32'],
    ],
  },
  PROG_TEST_RUN: {
    number: 10,
    size: 80,
    fields: [
      ['prog_fd', 0, 'u32'],
      ['retval', 4, 'u32', 'out'],
      ['data_size_in', 8, 'u32'],
      ['data_size_out', 12, 'u32', 'out'],
      ['data_in', 16, 'pointer'],
      ['data_out', 24, 'pointer'],
      ['repeat', 32, 'u32'],
      ['duration', 36, 'u32', 'out'],
      ['ctx_size_in', 40, 'u32'],
      ['ctx_size_out', 44, 'u32', 'out'],
      ['ctx_in', 48, 'pointer'],
      ['ctx_out', 56, 'pointer'],
      ['flags', 64, 'u32'],
      ['cpu', 68, 'u32'],
      ['batch_size', 72, 'u32'],
    ],
  },
  MAP_GET_NEXT_ID: {
    number: 12,
    size: 16,
    fields: [
      ['start_id', 0, 'u32'],
      ['next_id', 4, 'u32', 'out'],
    ],
  },
  MAP_GET_FD_BY_ID: {
    number: 14,
    size: 16,
    fields: [
      ['map_id', 0, 'u32'],
      ['open_flags', 8, 'u32'],
    ],
  },
  OBJ_GET_INFO_BY_FD: {
    number: 15,
    size: 16,
    fields: [
      ['bpf_fd', 0, 'u32'],
      ['info_len', 4, 'u32', 'out'],
      ['info', 8, 'pointer'],
    ],
  },
  MAP_FREEZE: { number: 22, size: 4, fields: [['map_fd', 0, 'u32']] },
  MAP_LOOKUP_BATCH: { number: 24, size: 56, fields: BATCH },
  MAP_UPDATE_BATCH: { number: 26, size: 56, fields: BATCH },
  MAP_DELETE_BATCH: { number: 27, size: 56, fields: BATCH },
} as const satisfies Record<string, CommandRow>;

export type PeerCommand = keyof typeof COMMANDS;

/** Attribute bytes of one call, and how to hand the kernel's results back. */
export interface EncodedCall {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Copy what the kernel wrote into the attributes object. */
  readResults(): void;
}

/** `addressOf` gives the memory address of a buffer; the caller keeps the buffers alive during the call. */
export function encodeCall(
  command: PeerCommand,
  attributes: PeerAttributes,
  addressOf: (buffer: Uint8Array) => bigint,
): EncodedCall {
  const { number, size, fields }: CommandRow = COMMANDS[command];
  for (const name of Object.keys(attributes)) {
    if (fields.some((field) => field[0] === name)) continue;
    throw new TypeError(
      `${command}: unknown attribute ${name}; expected some of: ${fields.map((f) => f[0]).join(', ')}`,
    );
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [name, offset, kind] of fields) {
    const value = attributes[name] ?? 0;
    if (kind === 'name') writeName(bytes, offset, command, name, value);
    else if (value instanceof Uint8Array)
      view.setBigUint64(offset, pointerOf(command, name, kind, value, addressOf), true);
    else if (typeof value === 'string') throw new TypeError(`${command}: ${name}: given text, expected ${kind}`);
    else if (kind === 'u32') view.setUint32(offset, Number(value), true);
    else view.setBigUint64(offset, BigInt(value), true);
  }
  const readResults = () => {
    for (const [name, offset, , out] of fields) if (out) attributes[name] = view.getUint32(offset, true);
  };
  return { number, bytes, readResults };
}

function pointerOf(
  command: string,
  name: string,
  kind: Kind,
  value: Uint8Array,
  addressOf: (buffer: Uint8Array) => bigint,
): bigint {
  if (kind !== 'pointer') throw new TypeError(`${command}: ${name}: given a Uint8Array, expected ${kind}`);
  return addressOf(value);
}

function writeName(bytes: Uint8Array, offset: number, command: string, name: string, value: unknown): void {
  if (value === 0) return;
  const text = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (text instanceof Uint8Array && text.length <= 16) bytes.set(text, offset);
  else throw new TypeError(`${command}: ${name}: given ${String(value)}, expected at most 16 bytes of text`);
}
