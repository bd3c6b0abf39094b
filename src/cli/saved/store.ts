/** The maps of a file that `runtime.save()` wrote, by name. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { MapType, Runtime, SaveError } from '../../index.js';
import { readBytes } from '../input.js';
import { inFile, UsageError } from '../output/errors.js';

/** One map of the file. */
export interface SavedMap {
  readonly id: number;
  readonly fd: number;
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  /** Bytes of a value as a system call passes it: of all CPUs together for per-CPU types. */
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly holdsMaps: boolean;
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries(MapType).map(([name, number]) => [number, name.toLowerCase()]),
);
const INFO_BYTES = 104;
const NAME_AT = 24;
const NAME_BYTES = 16;

/** A runtime over the file's maps; an empty one when there is no such file. */
export async function openStore(file: string): Promise<Runtime> {
  if (!existsSync(file)) return Runtime.create({ workers: 0 });
  const bytes = await readBytes(file);
  try {
    return await Runtime.load(bytes, { workers: 0 });
  } catch (error) {
    throw error instanceof SaveError ? inFile(file, error) : error;
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
  for (let id = nextId(runtime, 0); id !== undefined; id = nextId(runtime, id)) maps.push(describe(runtime, id));
  return maps;
}

export function mapNamed(runtime: Runtime, name: string): SavedMap {
  const maps = savedMaps(runtime);
  const map = maps.find((each) => each.name === name);
  if (map) return map;
  throw new UsageError(`there is no map ${name}: the file has ${maps.map((each) => each.name).join(', ') || 'none'}`);
}

function nextId(runtime: Runtime, start: number): number | undefined {
  const attributes = { start_id: start, next_id: 0 };
  try {
    runtime.bpf('MAP_GET_NEXT_ID', attributes);
    return attributes.next_id;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

function describe(runtime: Runtime, id: number): SavedMap {
  const fd = runtime.bpf('MAP_GET_FD_BY_ID', { map_id: id });
  const info = new Uint8Array(INFO_BYTES);
  runtime.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info, info_len: INFO_BYTES });
  const [type = 0, , keySize = 0, valueBytes = 0, maxEntries = 0] = new Uint32Array(info.buffer);
  const name = new TextDecoder().decode(info.subarray(NAME_AT, NAME_AT + NAME_BYTES)).replace(/\0.*$/s, '');
  const typeName = TYPE_NAMES.get(type) ?? String(type);
  const perCpu = typeName.includes('percpu');
  const valueSize = perCpu ? Math.ceil(valueBytes / 8) * 8 * runtime.options.possibleCpus : valueBytes;
  return { id, fd, name, type: typeName, keySize, valueSize, maxEntries, holdsMaps: typeName.endsWith('_of_maps') };
}
