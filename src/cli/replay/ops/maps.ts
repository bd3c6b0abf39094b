/** Ops on whole maps: creation, ids, info, freezing. */
import { type AttributeObject, MapType } from '../../../index.js';
import { fromHex, toHex, word } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, BrokenScenario, type MapShape, type Outcome, type Session } from '../session.js';

const FDS = ['inner_map_fd', 'btf_fd', 'map_token_fd'] as const;
const NUMBERS = [
  'key_size', 'value_size', 'max_entries', 'map_flags', 'numa_node', 'map_ifindex', 'btf_key_type_id',
  'btf_value_type_id', 'btf_vmlinux_value_type_id', 'excl_prog_hash_size',
] as const; // biome-ignore format: a list

const PER_CPU: ReadonlySet<number> = new Set([MapType.PERCPU_ARRAY, MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH]);

/** Where `struct bpf_map_info` has its fields. */
const INFO = {
  type: 0, id: 4, keySize: 8, valueSize: 12, maxEntries: 16, flags: 20, name: 24, ifindex: 40, btfId: 64,
  btfKeyTypeId: 68, btfValueTypeId: 72, mapExtra: 80, hash: 88, hashSize: 96, size: 104,
} as const; // biome-ignore format: offsets

const NAME_SIZE = 16;
const HASH_SIZE = 32;

export function mapCreate(session: Session, op: Op, possibleCpus: number): Outcome {
  const attributes: AttributeObject = { map_type: typeNumber(op['type']) };
  for (const name of NUMBERS) if (op[name] !== undefined) attributes[name] = Number(op[name]);
  for (const name of FDS) if (op[name] !== undefined) attributes[name] = fdOrNumber(session, op[name]);
  if (op['map_extra'] !== undefined) attributes['map_extra'] = BigInt(op['map_extra'] as number | string);
  if (typeof op['map_name'] === 'string') attributes['map_name'] = fromHex(op['map_name']);
  return bindMap(session, op, possibleCpus, () => session.bpf('MAP_CREATE', attributes));
}

export function mapCreateRaw(session: Session, op: Op, possibleCpus: number): Outcome {
  const size = Number(op['size']);
  const bytes = new Uint8Array(size);
  bytes.set(fromHex(String(op['attr'])).subarray(0, size));
  return bindMap(session, op, possibleCpus, () => session.bpf('MAP_CREATE', bytes, size));
}

export function mapFdById(session: Session, op: Op, possibleCpus: number): Outcome {
  const attributes = { map_id: session.resolveId(op['id']), open_flags: Number(op['open_flags'] ?? 0) };
  return bindMap(session, op, possibleCpus, () => session.bpf('MAP_GET_FD_BY_ID', attributes));
}

export function mapNextId(session: Session, op: Op): Outcome {
  const attributes: AttributeObject = { start_id: session.resolveId(op['start_id']) };
  const outcome = attempt(() => session.bpf('MAP_GET_NEXT_ID', attributes));
  return outcome['ret'] === 0 ? { ...outcome, out: toHex(word(Number(attributes['next_id']))) } : outcome;
}

/** The id is given up in the call that drops the last reference; what is torn down later is waited for. */
export async function waitIdGone(session: Session, op: Op): Promise<Outcome> {
  const end = performance.now() + Number(op['timeout_ms']);
  const map_id = session.resolveId(op['id']);
  for (;;) {
    const outcome = attempt(() => session.bpf('MAP_GET_FD_BY_ID', { map_id }));
    if (outcome['errno'] === 'ENOENT') return { ret: 0, gone: true };
    if (typeof outcome['ret'] === 'number' && outcome['ret'] >= 0) session.target.close(outcome['ret']);
    if (performance.now() >= end) return { ret: 0, gone: false };
    await session.target.barrier();
  }
}

export function freeze(session: Session, op: Op): Outcome {
  const map_fd = session.fd(op['map']);
  if (op['attr_tail_nonzero'] !== true) return attempt(() => session.bpf('MAP_FREEZE', { map_fd }));
  const bytes = new Uint8Array(16);
  bytes.set(word(map_fd >>> 0));
  bytes[4] = 1;
  return attempt(() => session.bpf('MAP_FREEZE', bytes));
}

export function close(session: Session, op: Op): Outcome {
  return attempt(() => {
    session.close(op['h']);
    return 0;
  });
}

export function info(session: Session, op: Op): Outcome {
  const buffer = new Uint8Array(INFO.size);
  const attributes: AttributeObject = { bpf_fd: session.fd(op['map']), info_len: buffer.length, info: buffer };
  const outcome = attempt(() => session.bpf('OBJ_GET_INFO_BY_FD', attributes));
  if (outcome['ret'] !== 0) return outcome;
  return { ...outcome, out: decodeInfo(buffer), info_len_out: attributes['info_len'] };
}

export function infoLength(session: Session, op: Op): Outcome {
  const length = Number(op['info_len']);
  const buffer = new Uint8Array(Math.max(length, 1));
  const preset = op['preset'] as { off: number; byte: number } | undefined;
  if (preset) buffer[preset.off] = preset.byte;
  const attributes: AttributeObject = { bpf_fd: session.fd(op['map']), info_len: length, info: buffer };
  const outcome = attempt(() => session.bpf('OBJ_GET_INFO_BY_FD', attributes));
  return outcome['ret'] === 0 ? { ...outcome, info_len_out: attributes['info_len'] } : outcome;
}

export function infoHash(session: Session, op: Op): Outcome {
  const buffer = new Uint8Array(INFO.size);
  buffer.set(word(Number(op['hash_size'])), INFO.hashSize);
  const hash = new Uint8Array(HASH_SIZE);
  const attributes: AttributeObject = { bpf_fd: session.fd(op['map']), info_len: buffer.length, info: buffer };
  if (op['hash_ptr'] === true) attributes['hash'] = hash;
  const outcome = attempt(() => session.bpf('OBJ_GET_INFO_BY_FD', attributes));
  return outcome['ret'] === 0 ? { ...outcome, out: toHex(hash) } : outcome;
}

function bindMap(session: Session, op: Op, possibleCpus: number, run: () => number): Outcome {
  const outcome = attempt(run);
  const fd = Number(outcome['ret']);
  if (fd < 0) return outcome;
  const buffer = mapInfo(session, fd);
  const id = new DataView(buffer.buffer).getUint32(INFO.id, true);
  return session.bind(String(op['h']), fd, () => id, shapeOf(buffer, possibleCpus));
}

function mapInfo(session: Session, fd: number): Uint8Array {
  const buffer = new Uint8Array(INFO.size);
  session.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info_len: buffer.length, info: buffer });
  return buffer;
}

function shapeOf(buffer: Uint8Array, possibleCpus: number): MapShape {
  const view = new DataView(buffer.buffer);
  const valueSize = view.getUint32(INFO.valueSize, true);
  const perCpu = PER_CPU.has(view.getUint32(INFO.type, true));
  return {
    keySize: view.getUint32(INFO.keySize, true),
    valueSize: perCpu ? possibleCpus * Math.ceil(valueSize / 8) * 8 : valueSize,
  };
}

function decodeInfo(buffer: Uint8Array): Record<string, unknown> {
  const view = new DataView(buffer.buffer);
  const at = (offset: number) => view.getUint32(offset, true);
  const name = buffer.subarray(INFO.name, INFO.name + NAME_SIZE);
  const end = name.indexOf(0);
  return {
    type: Object.entries(MapType).find(([, number]) => number === at(INFO.type))?.[0],
    id: toHex(word(at(INFO.id))),
    key_size: at(INFO.keySize),
    value_size: at(INFO.valueSize),
    max_entries: at(INFO.maxEntries),
    map_flags: at(INFO.flags),
    map_name: String.fromCharCode(...name.subarray(0, end < 0 ? NAME_SIZE : end)),
    ifindex: at(INFO.ifindex),
    btf_id: at(INFO.btfId) === 0 ? 0 : 'set',
    btf_key_type_id: at(INFO.btfKeyTypeId),
    btf_value_type_id: at(INFO.btfValueTypeId),
    map_extra: Number(view.getBigUint64(INFO.mapExtra, true)),
  };
}

function typeNumber(type: unknown): number {
  if (typeof type === 'number') return type;
  const found = Object.entries(MapType).find(([name]) => name === type);
  if (found === undefined) throw new BrokenScenario(`${String(type)} is no map type`);
  return found[1];
}

function fdOrNumber(session: Session, given: unknown): number {
  return typeof given === 'number' ? given : session.fd(given);
}
