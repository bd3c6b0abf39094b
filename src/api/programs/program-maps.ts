/** Maps as the verifier and the compiler see them: plain data that can be posted to the loading thread. */
import { MAP_HEADER } from '../../shared/core-exports.js';
import { Opcode, Pseudo } from '../../shared/program/insn/opcodes.js';
import type { ProgramMap } from '../../shared/program/types.js';
import { MapFlags, MapType } from '../../shared/uapi.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject, MapProperties } from '../kernel/objects.js';

const INSTRUCTION_SIZE = 8;

export interface NamedMaps {
  /** By descriptor; a descriptor that is not here is closed. */
  readonly byFd: ReadonlyMap<number, ProgramMap | 'other'>;
  /** The objects of those that are maps, each once. */
  readonly objects: readonly MapObject[];
}

/** What the descriptors in load-immediates of the program, and in `fdArray`, name at this moment. */
export function namedMaps(kernel: Kernel, bytes: Uint8Array, fdArray: readonly number[]): NamedMaps {
  const byFd = new Map<number, ProgramMap | 'other'>();
  const objects = new Map<number, MapObject>();
  for (const fd of [...namedFds(bytes), ...fdArray]) {
    const file = kernel.files.get(fd);
    if (file === undefined || byFd.has(fd)) continue;
    if (file.kind !== 'map') {
      byFd.set(fd, 'other');
      continue;
    }
    byFd.set(fd, programMap(kernel, file.map));
    objects.set(file.map.id, file.map);
  }
  return { byFd, objects: [...objects.values()] };
}

/** Descriptors that load-immediates of kind MAP_FD and MAP_VALUE name. */
function* namedFds(bytes: Uint8Array): Generator<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 2 * INSTRUCTION_SIZE <= bytes.length; at += INSTRUCTION_SIZE) {
    if (view.getUint8(at) !== Opcode.LOAD_IMMEDIATE) continue;
    const source = view.getUint8(at + 1) >>> 4;
    if (source === Pseudo.MAP_FD || source === Pseudo.MAP_VALUE) yield view.getInt32(at + 4, true);
    at += INSTRUCTION_SIZE;
  }
}

function programMap(kernel: Kernel, map: MapObject): ProgramMap {
  const { id, name, address, frozen, template } = map;
  const inner =
    template === undefined ? undefined : propertiesOf(template, { id: 0, name: '', address: null, frozen: false });
  const typed = map.btf !== undefined;
  return propertiesOf(map, { id, name, address, frozen, typed, inner, contents: constantContents(kernel, map) });
}

type Identity = Pick<ProgramMap, 'id' | 'name' | 'address' | 'frozen' | 'typed' | 'inner' | 'contents'>;

function propertiesOf(properties: MapProperties, identity: Identity): ProgramMap {
  const { type, keySize, valueSize, maxEntries, flags, fields } = properties;
  return {
    ...identity, type, keySize, valueSize, maxEntries, flags,
    spinLock: fields?.spinLock ?? -1, timer: fields?.timer ?? -1, workqueue: fields?.workqueue ?? -1,
  }; // biome-ignore format: one property a line would hide the shape
}

/** Only a frozen map that programs cannot write either is constant. */
function constantContents(kernel: Kernel, map: MapObject): Uint8Array | undefined {
  const constant = map.type === MapType.ARRAY && map.frozen && (map.flags & MapFlags.RDONLY_PROG) !== 0;
  if (!constant || map.maxEntries !== 1) return undefined;
  const start = map.address + MAP_HEADER.data;
  return kernel.arena.u8.slice(start, start + map.valueSize);
}
