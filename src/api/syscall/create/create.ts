/** MAP_CREATE, in the kernel's order of checks (SPEC §2.1). */
import type { SpecialFields } from '../../../shared/object/btf/index.js';
import { isOuterType, MapFlags, MapType, mapTypeName } from '../../../shared/uapi.js';
import { BpfError } from '../../errors.js';
import { canBeTemplate, templateOf } from '../../kernel/inner-match.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { MapBtf, MapProperties } from '../../kernel/objects.js';
import type { Attributes } from '../attributes.js';
import { notToken } from '../btf.js';
import { objectName } from '../names.js';
import { FAMILIES, NEEDS_NET_ADMIN } from './families.js';
import { checkMapBtf, valueBtf } from './map-btf.js';
import { CreateRequest, NO_NODE } from './request.js';
import { randomSeed } from './seed.js';

const MAX_TYPE = MapType.ARENA;

/** Programs read the devices of these maps, and never write them. */
const IMPLICIT_FLAGS: Readonly<Record<number, number>> = {
  [MapType.DEVMAP]: MapFlags.RDONLY_PROG,
  [MapType.DEVMAP_HASH]: MapFlags.RDONLY_PROG,
};

/** Creates the map and opens it: the new descriptor. */
export function createMap(kernel: Kernel, attributes: Attributes): number {
  const request = new CreateRequest(attributes);
  checkCommon(request);
  const family = FAMILIES[request.type];
  family?.early?.(request, kernel);
  if (attributes.number('map_flags') & MapFlags.TOKEN_FD) {
    throw notToken(kernel, attributes.number('map_token_fd'), 'MAP_CREATE', 'map_token_fd');
  }
  checkCapabilities(kernel, request);
  if (attributes.number('map_ifindex') !== 0)
    throw request.invalid('map_ifindex', '0: there is no such network device');
  const template = isOuterType(request.type) ? findTemplate(kernel, attributes) : undefined;
  family?.late?.(request, kernel);
  return open(kernel, request, template);
}

function checkCommon(request: CreateRequest): void {
  const { attributes, type } = request;
  if (attributes.number('btf_vmlinux_value_type_id') !== 0 && type !== MapType.STRUCT_OPS) {
    throw request.invalid('btf_vmlinux_value_type_id', `0 for ${request.typeName} maps`);
  }
  if (attributes.number('btf_key_type_id') !== 0 && attributes.number('btf_value_type_id') === 0) {
    throw request.invalid('btf_key_type_id', '0 unless there is a btf_value_type_id');
  }
  if (attributes.number('map_extra') !== 0 && type !== MapType.BLOOM_FILTER && type !== MapType.ARENA) {
    throw request.invalid('map_extra', `0 for ${request.typeName} maps`);
  }
  request.checkExclusive(MapFlags.RDONLY, MapFlags.WRONLY, 'RDONLY and WRONLY');
  if (request.numaNode !== NO_NODE && request.numaNode !== 0) {
    throw request.invalid('numa_node', '0 or -1: there is one node');
  }
  if (type === 0 || type > MAX_TYPE) throw request.invalid('map_type', `1 to ${MAX_TYPE}`);
}

function checkCapabilities(kernel: Kernel, request: CreateRequest): void {
  const what = `a map of type ${request.typeName}`;
  kernel.require('CAP_BPF', 'MAP_CREATE', what);
  if (NEEDS_NET_ADMIN.has(request.type)) kernel.require('CAP_NET_ADMIN', 'MAP_CREATE', what);
}

/** The properties that inner maps must match: a copy, so that the template may be closed at once (SPEC §3.1). */
function findTemplate(kernel: Kernel, attributes: Attributes): MapProperties {
  const { map } = kernel.mapFile(attributes.number('inner_map_fd'), 'MAP_CREATE', 'inner_map_fd');
  if (isOuterType(map.type)) {
    throw new BpfError('EINVAL', 'MAP_CREATE', 'inner_map_fd: an outer map, but outer maps do not nest');
  }
  if (!canBeTemplate(map.type)) {
    throw new BpfError('ENOTSUPP', 'MAP_CREATE', `inner_map_fd: ${mapTypeName(map.type)} maps cannot be inner maps`);
  }
  return templateOf(map);
}

/** What the last checks find out; a refusal waits until there is memory, so that ENOMEM wins over it. */
interface LastChecks {
  readonly name: string;
  readonly btf?: MapBtf | undefined;
  readonly fields?: SpecialFields | undefined;
  readonly refusal?: BpfError;
}

function open(kernel: Kernel, request: CreateRequest, template: MapProperties | undefined): number {
  const { type, keySize, valueSize, attributes } = request;
  const flags = request.permanentFlags | (IMPLICIT_FLAGS[type] ?? 0);
  const maxEntries = roundedEntries(request, kernel.possibleCpus);
  const { name, btf, fields, refusal } = lastChecks(kernel, request);
  const seed = flags & MapFlags.ZERO_SEED ? 0 : randomSeed();
  const extra = attributes.number('map_extra');
  const map = kernel.createMap(
    { type, keySize, valueSize, maxEntries, flags, seed, name, extra, btf, fields },
    template,
  );
  try {
    if (refusal) throw refusal;
    return kernel.openMap(map, request.flags);
  } finally {
    kernel.putMap(map);
  }
}

/** Lists of its own for each CPU have the same length each (SPEC §2.4). */
function roundedEntries({ flags, maxEntries }: CreateRequest, cpus: number): number {
  if ((flags & MapFlags.NO_COMMON_LRU) === 0) return maxEntries;
  const up = Math.ceil(maxEntries / cpus) * cpus;
  return up <= 0xffff_ffff ? up : Math.floor(maxEntries / cpus) * cpus;
}

function lastChecks(kernel: Kernel, request: CreateRequest): LastChecks {
  const { attributes } = request;
  try {
    const name = objectName(attributes.name('map_name'), 'MAP_CREATE', 'map_name');
    const btf = valueBtf(kernel, request);
    const fields = btf && checkMapBtf(request, btf);
    if (attributes.number('excl_prog_hash_size') !== 0 && attributes.pointer('excl_prog_hash') === null) {
      throw request.invalid('excl_prog_hash_size', '0 without an excl_prog_hash');
    }
    return { name, btf, fields };
  } catch (error) {
    if (error instanceof BpfError) return { name: '', refusal: error };
    throw error;
  }
}
