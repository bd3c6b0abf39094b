/** MAP_CREATE, in the kernel's order of checks (SPEC §2.1). */
import { isOuterType, MapFlags, MapType, mapTypeName } from '../../../shared/uapi.js';
import { BpfError } from '../../errors.js';
import { canBeTemplate, templateOf } from '../../kernel/inner-match.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { MapProperties } from '../../kernel/objects.js';
import type { Attributes } from '../attributes.js';
import { objectName } from '../names.js';
import { AVAILABLE, FAMILIES, NEEDS_NET_ADMIN } from './families.js';
import { CreateRequest, NO_NODE } from './request.js';
import { randomSeed } from './seed.js';

const MAX_TYPE = MapType.ARENA;

/** Creates the map and opens it: the new descriptor. */
export function createMap(kernel: Kernel, attributes: Attributes): number {
  const request = new CreateRequest(attributes);
  checkCommon(request);
  const family = FAMILIES[request.type];
  family?.early?.(request, kernel);
  checkToken(kernel, attributes);
  checkCapabilities(kernel, request);
  if (attributes.number('map_ifindex') !== 0) throw request.invalid('map_ifindex', '0: there is no such network device');
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

function checkToken(kernel: Kernel, attributes: Attributes): void {
  if ((attributes.number('map_flags') & MapFlags.TOKEN_FD) === 0) return;
  const fd = attributes.number('map_token_fd');
  if (kernel.files.get(fd) === undefined) throw closed('map_token_fd', fd);
  throw new BpfError('EINVAL', 'MAP_CREATE', `map_token_fd: ${fd} is not a BPF token`);
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

/** Memory comes before the last checks, so that ENOMEM wins over what they find. */
function open(kernel: Kernel, request: CreateRequest, template: MapProperties | undefined): number {
  const { type, keySize, valueSize, maxEntries, permanentFlags: flags } = request;
  const last = lastChecks(kernel, request);
  if (!AVAILABLE.has(type)) throw last.refusal ?? notThere(request.typeName);
  const seed = flags & MapFlags.ZERO_SEED ? 0 : randomSeed();
  const map = kernel.createMap({ type, keySize, valueSize, maxEntries, flags, seed, name: last.name }, template);
  try {
    if (last.refusal) throw last.refusal;
    return kernel.openMap(map, request.flags);
  } finally {
    kernel.putMap(map);
  }
}

function lastChecks(kernel: Kernel, request: CreateRequest): { name: string; refusal?: BpfError } {
  const { attributes } = request;
  try {
    const name = objectName(attributes.name('map_name'), 'MAP_CREATE', 'map_name');
    checkBtf(kernel, request);
    if (attributes.number('excl_prog_hash_size') !== 0 && attributes.pointer('excl_prog_hash') === null) {
      throw request.invalid('excl_prog_hash_size', '0 without an excl_prog_hash');
    }
    return { name };
  } catch (error) {
    if (error instanceof BpfError) return { name: '', refusal: error };
    throw error;
  }
}

function checkBtf(kernel: Kernel, request: CreateRequest): void {
  if (request.attributes.number('btf_value_type_id') === 0) return;
  const fd = request.attributes.number('btf_fd');
  const file = kernel.files.get(fd);
  if (file === undefined) throw closed('btf_fd', fd);
  throw new BpfError('EINVAL', 'MAP_CREATE', `btf_fd: ${fd} is not BTF, but a ${file.kind} file`);
}

function closed(attribute: string, fd: number): BpfError {
  return new BpfError('EBADF', 'MAP_CREATE', `${attribute}: ${fd} is not an open descriptor`);
}

function notThere(typeName: string): BpfError {
  const message = `map_type: ${typeName} maps are valid but not there yet in this version`;
  return new BpfError('ENOTSUPP', 'MAP_CREATE', message, { missing: typeName });
}
