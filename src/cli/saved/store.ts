/** The maps of a file that `runtime.save()` wrote. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { BpfError, type InnerTemplate, MapType, Runtime, SaveError } from '../../index.js';
import { readBytes } from '../input.js';
import { inFile } from '../output/errors.js';

/** One map of the file. */
export interface SavedMap {
  readonly id: number;
  readonly fd: number;
  /** Empty for most inner maps. */
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  /** Bytes of one value; per-CPU types have one for each CPU. */
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** `map_extra`, the upper half left out, which no type here has. */
  readonly extra: number;
  /** Of a map of maps: what its inner maps are like. */
  readonly template: InnerTemplate | undefined;
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries(MapType).map(([name, number]) => [number, name.toLowerCase()]),
);
/** `struct bpf_map_info`. */
const INFO_BYTES = 104;
const NAME_AT = 24;
const NAME_BYTES = 16;
const EXTRA_WORD = 20;

/** A runtime over the file's maps. Throws UsageError for a damaged file, and for none unless it `mayBeNew`. */
export async function openStore(file: string, mayBeNew: boolean): Promise<Runtime> {
  if (mayBeNew && !existsSync(file)) return Runtime.create({ workers: 0 });
  const bytes = await readBytes(file);
  try {
    return await load(bytes);
  } catch (error) {
    throw error instanceof SaveError ? inFile(file, error) : error;
  }
}

/** With as many CPUs as the file's per-CPU maps have values. */
async function load(bytes: Uint8Array): Promise<Runtime> {
  try {
    return await Runtime.load(bytes, { workers: 0 });
  } catch (error) {
    const possibleCpus = error instanceof SaveError ? error.possibleCpus : undefined;
    if (possibleCpus === undefined) throw error;
    return Runtime.load(bytes, { workers: 0, possibleCpus });
  }
}

/** All or nothing, whatever ends the process meanwhile. */
export async function writeStore(runtime: Runtime, file: string): Promise<void> {
  const written = `${file}.new`;
  await writeFile(written, runtime.save());
  await rename(written, file);
}

/** In the order of their creation. */
export function savedMaps(runtime: Runtime): SavedMap[] {
  const maps: SavedMap[] = [];
  for (let id = nextId(runtime, 0); id !== undefined; id = nextId(runtime, id)) maps.push(mapOfId(runtime, id));
  return maps;
}

function nextId(runtime: Runtime, start: number): number | undefined {
  const attributes = { start_id: start, next_id: 0 };
  return found(() => runtime.bpf('MAP_GET_NEXT_ID', attributes)) ? attributes.next_id : undefined;
}

/** Whether the call found what it looked for. Throws what is not ENOENT. */
export function found(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (error instanceof BpfError && error.code === 'ENOENT') return false;
    throw error;
  }
}

export function mapOfId(runtime: Runtime, id: number): SavedMap {
  return mapOfFd(runtime, runtime.bpf('MAP_GET_FD_BY_ID', { map_id: id }));
}

export function mapOfFd(runtime: Runtime, fd: number): SavedMap {
  const info = new Uint8Array(INFO_BYTES);
  runtime.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info, info_len: INFO_BYTES });
  const words = new Uint32Array(info.buffer);
  const [type = 0, id = 0, keySize = 0, valueSize = 0, maxEntries = 0, flags = 0] = words;
  const name = new TextDecoder().decode(info.subarray(NAME_AT, NAME_AT + NAME_BYTES)).replace(/\0.*$/s, '');
  const extra = words[EXTRA_WORD] ?? 0;
  const shape = { type: TYPE_NAMES.get(type) ?? String(type), keySize, valueSize, maxEntries, flags, extra };
  return { id, fd, name, ...shape, template: runtime.templateOf(fd) };
}
