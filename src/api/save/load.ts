import { BtfError, checkBtf } from '../../shared/object/btf/index.js';
import { Command, isOuterType, MapFlags, MapType, mapTypeName } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { canBeTemplate, mismatch } from '../kernel/inner-match.js';
import type { Kernel } from '../kernel/kernel.js';
import type { BtfObject, MapBtf, MapObject, MapProperties } from '../kernel/objects.js';
import { isPerCpuType, isQueueType } from '../kernel/types.js';
import { aligned } from '../kernel/workspace.js';
import { readAttributes } from '../syscall/attributes.js';
import { FAMILIES } from '../syscall/create/families.js';
import { CreateRequest } from '../syscall/create/request.js';
import { LAYOUTS } from '../syscall/layouts.js';
import { restoreElement } from './contents.js';
import { damaged, Reader, SaveError, unseal } from './format.js';
import { read, type Saved, type SavedMap } from './records.js';

export interface LoadedMap {
  readonly map: MapObject;
  /** A descriptor of the map, which the caller closes. */
  readonly fd: number;
  /** Id that the map had where it was saved. */
  readonly savedId: number;
}

/**
 * Create what `saveMaps` wrote, with new ids, in the order in which it was saved. All or nothing: throws SaveError for
 * damaged or unsuitable bytes and BpfError (ENOMEM) where there is no room, and leaves the runtime as it was.
 */
export function loadMaps(kernel: Kernel, bytes: Uint8Array): LoadedMap[] {
  const saved = read(new Reader(unseal(bytes)));
  check(kernel, saved);
  const loaded: LoadedMap[] = [];
  const btfs = new Map<number, BtfObject>();
  const pinned: string[] = [];
  try {
    for (const { id, bytes: btf } of saved.btfs) btfs.set(id, kernel.addBtf(btf, types(btf)));
    for (const map of saved.maps) loaded.push(create(kernel, map, btfs));
    const byId = new Map(loaded.map(({ savedId, map }) => [savedId, map]));
    fill(kernel, saved, byId);
    for (const { path, map } of saved.pins) {
      const target = mapOf(byId, map);
      kernel.pins.add(path, target, 'load', () => kernel.holdUser(target));
      pinned.push(path);
    }
  } catch (error) {
    for (const path of pinned) kernel.unpin(path);
    for (const { fd } of loaded) kernel.close(fd);
    throw error;
  } finally {
    for (const btf of btfs.values()) kernel.btfs.put(btf);
  }
  return loaded;
}

/** Everything that can be known to fail is found before anything is created. */
function check(kernel: Kernel, { possibleCpus, maps, btfs, pins }: Saved): void {
  const byId = new Map(maps.map((map) => [map.id, map]));
  if (byId.size !== maps.length) throw damaged('two maps with one id');
  const btfIds = new Set(btfs.map(({ id }) => id));
  for (const map of maps) {
    checkProperties(map);
    checkCpus(kernel, map, possibleCpus);
    if (map.btf !== 0 && !btfIds.has(map.btf)) throw damaged(`map ${map.id} has BTF that is not there`);
    checkContents(map, possibleCpus);
    checkLinks(kernel, map, byId);
  }
  for (const { path, map } of pins) if (!byId.has(map)) throw damaged(`"${path}" names a map that is not there`);
}

/** By the same rules as MAP_CREATE. */
function checkProperties(map: SavedMap): void {
  checkCreatable(map, map.extra);
  if (isOuterType(map.type) !== (map.template !== undefined))
    throw damaged(`map ${map.id}: a template, or none, where it should not`);
  if (map.template === undefined) return;
  checkCreatable(map.template, 0);
  if (isOuterType(map.template.type) || !canBeTemplate(map.template.type))
    throw damaged(`map ${map.id} has an impossible template`);
}

function checkCreatable({ type, keySize, valueSize, maxEntries, flags, fields }: MapProperties, extra: number): void {
  const layout = LAYOUTS.get(Command.MAP_CREATE);
  const family = FAMILIES[type];
  if (layout === undefined || mapTypeName(type) === undefined) throw damaged(`map type ${type}`);
  // Added by the kernel side, and refused from callers.
  const given = isDeviceMap(type) ? flags & ~MapFlags.RDONLY_PROG : flags;
  const attributes = {
    map_type: type,
    key_size: keySize,
    value_size: valueSize,
    max_entries: maxEntries,
    map_flags: given,
    map_extra: extra,
  };
  try {
    const request = new CreateRequest(readAttributes(layout, attributes, undefined));
    family?.early?.(request, { may: () => true });
    family?.late?.(request, { may: () => true });
  } catch (cause) {
    if (cause instanceof BpfError)
      throw new SaveError('ERR_INNERMAP_SAVE_DAMAGED', `saved maps are damaged: ${cause.message}`, { cause });
    throw cause;
  }
  for (const offset of Object.values(fields ?? {}))
    if (offset >= valueSize) throw damaged(`a special field at ${offset} of ${valueSize} bytes`);
}

function isDeviceMap(type: number): boolean {
  return type === MapType.DEVMAP || type === MapType.DEVMAP_HASH;
}

function checkCpus(kernel: Kernel, map: SavedMap, possibleCpus: number): void {
  if (possibleCpus === kernel.possibleCpus) return;
  if (!isPerCpuType(map.type) && (map.flags & MapFlags.NO_COMMON_LRU) === 0) return;
  throw new SaveError(
    'ERR_INNERMAP_SAVE_MISMATCH',
    `map ${map.id} has values for ${possibleCpus} CPUs: load it into a runtime with possibleCpus ${possibleCpus}, not ${kernel.possibleCpus}`,
    { possibleCpus },
  );
}

function checkContents(map: SavedMap, possibleCpus: number): void {
  const { type, keySize, valueSize, maxEntries } = map;
  const raw = type === MapType.BLOOM_FILTER || type === MapType.RINGBUF || type === MapType.USER_RINGBUF;
  const size = isPerCpuType(type) ? possibleCpus * aligned(valueSize) : valueSize;
  const keys = isQueueType(type) || raw ? 0 : keySize;
  const sound = map.elements.every(({ key, value }) => key.length === keys && (raw || value.length === size));
  if (!sound || (!raw && map.elements.length > maxEntries)) throw damaged(`elements of map ${map.id}`);
}

function checkLinks(kernel: Kernel, map: SavedMap, byId: ReadonlyMap<number, SavedMap>): void {
  for (const { key, inner } of map.links) {
    const target = byId.get(inner);
    if (map.template === undefined || target === undefined || key.length !== map.keySize)
      throw damaged(`map ${map.id} holds a map that is not there`);
    const difference = mismatch(map.template, target, kernel.rules);
    if (difference !== null) throw damaged(`map ${map.id} holds a map that does not match: ${difference}`);
  }
}

function types(bytes: Uint8Array): BtfObject['types'] {
  try {
    return checkBtf(bytes);
  } catch (cause) {
    if (cause instanceof BtfError)
      throw new SaveError('ERR_INNERMAP_SAVE_DAMAGED', `saved maps are damaged: ${cause.message}`, { cause });
    throw cause;
  }
}

function create(kernel: Kernel, saved: SavedMap, btfs: ReadonlyMap<number, BtfObject>): LoadedMap {
  const object = btfs.get(saved.btf);
  const btf: MapBtf | undefined = object && { object, keyTypeId: saved.keyTypeId, valueTypeId: saved.valueTypeId };
  const { type, keySize, valueSize, maxEntries, flags, fields, name, seed, extra, template } = saved;
  const map = kernel.createMap(
    { type, keySize, valueSize, maxEntries, flags, fields, name, seed, extra, btf },
    template,
  );
  try {
    return { map, fd: kernel.openMap(map), savedId: saved.id };
  } finally {
    kernel.putMap(map);
  }
}

function fill(kernel: Kernel, { maps }: Saved, byId: ReadonlyMap<number, MapObject>): void {
  for (const saved of maps) {
    const map = mapOf(byId, saved.id);
    for (const element of saved.elements) restoreElement(kernel, map, element);
    for (const { key, inner } of saved.links) kernel.outerSet(map, key, mapOf(byId, inner), 0, 'load');
    map.frozen = saved.frozen;
  }
}

function mapOf(byId: ReadonlyMap<number, MapObject>, id: number): MapObject {
  const found = byId.get(id);
  if (found === undefined) throw damaged(`there is no map ${id}`);
  return found;
}
