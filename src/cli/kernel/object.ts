/** Puts an object into the live kernel: its maps with their contents, and one program, the very same instructions. */
import type { ObjectMapSpec, ObjectSpec } from '../../index.js';
import type { KernelPeer } from './peer.js';

export interface KernelObject {
  /** Descriptors of maps by name. */
  readonly maps: Readonly<Record<string, number>>;
  /** Descriptor of the program. */
  readonly program: number;
}

const SLOT = 8;
/** Source register field of a load-immediate: the immediate is a map's descriptor, or names its value area. */
const PSEUDO_MAP_FD = 1;
const PSEUDO_MAP_VALUE = 2;

/** Create the maps of `spec` and load its program `name`. Throws KernelError. */
export function loadIntoKernel(peer: KernelPeer, spec: ObjectSpec, name: string): KernelObject {
  const program = spec.programs[name];
  if (!program)
    throw new RangeError(`the object has no program ${name}: it has ${Object.keys(spec.programs).join(', ')}`);
  const maps: Record<string, number> = {};
  for (const reference of program.references) maps[reference.map] ??= createMap(peer, mapOf(spec, reference.map));
  const insns = program.insns.slice();
  const view = new DataView(insns.buffer);
  for (const { slot, map, offset } of program.references) {
    const at = slot * SLOT;
    const pseudo = offset === undefined ? PSEUDO_MAP_FD : PSEUDO_MAP_VALUE;
    view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (pseudo << 4));
    view.setInt32(at + 4, maps[map] ?? -1, true);
    view.setUint32(at + SLOT + 4, offset ?? 0, true);
  }
  const { fd } = peer.progLoad({ type: program.type, insns, name: name.slice(0, 15), license: spec.license });
  return { maps, program: fd };
}

function mapOf(spec: ObjectSpec, name: string): ObjectMapSpec {
  const map = spec.maps[name];
  if (map) return map;
  throw new RangeError(`a program refers to the map ${name}, which the object does not declare`);
}

function createMap(peer: KernelPeer, map: ObjectMapSpec): number {
  const { type, keySize, valueSize, maxEntries, flags } = map;
  const template = map.inner ? createMap(peer, map.inner) : undefined;
  const inner = template === undefined ? {} : { innerFd: template };
  const fd = peer.mapCreate({ type, keySize, valueSize, maxEntries, flags, name: map.kernelName, ...inner });
  if (template !== undefined) peer.close(template);
  if (map.contents) peer.update(fd, new Uint8Array(keySize), map.contents);
  if (map.frozen) peer.bpf('MAP_FREEZE', { map_fd: fd });
  return fd;
}
