/** BTF of keys and values at creation (SPEC §2.6): sizes, kinds of key, special fields. */
import {
  BtfError, hasSpecialFields, resolve, sizeOf, specialFields, type Btf, type SpecialFields,
} from '../../../shared/object/btf/index.js'; // biome-ignore format: a list
import { isOuterType, MapFlags, MapType } from '../../../shared/uapi.js';
import { BpfError } from '../../errors.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { MapBtf } from '../../kernel/objects.js';
import type { CreateRequest } from './request.js';

const PROGRAM_ACCESS = MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG;

/** Types whose elements have no place for BTF of their own. */
const NO_BTF: ReadonlySet<number> = new Set([
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
  MapType.PERF_EVENT_ARRAY,
  MapType.STACK_TRACE,
  MapType.CGROUP_ARRAY,
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.CPUMAP,
  MapType.XSKMAP,
]);

/** Types that may do without a key type. */
const KEY_OPTIONAL: ReadonlySet<number> = new Set([
  ...NO_BTF,
  MapType.ARRAY,
  MapType.PERCPU_ARRAY,
  MapType.LPM_TRIE,
  MapType.BLOOM_FILTER,
]);

const STORAGE = [
  MapType.CGROUP_STORAGE,
  MapType.SK_STORAGE,
  MapType.INODE_STORAGE,
  MapType.TASK_STORAGE,
  MapType.CGRP_STORAGE,
];
const SPIN_LOCK_TYPES: ReadonlySet<number> = new Set([MapType.HASH, MapType.ARRAY, ...STORAGE]);
const TIMER_TYPES: ReadonlySet<number> = new Set([MapType.HASH, MapType.LRU_HASH, MapType.ARRAY]);

/** The BTF that MAP_CREATE names. Without a value type the descriptor is not looked at. */
export function valueBtf(kernel: Kernel, { attributes }: CreateRequest): MapBtf | undefined {
  const valueTypeId = attributes.number('btf_value_type_id');
  if (valueTypeId === 0) return undefined;
  const object = kernel.btfOf(attributes.number('btf_fd'), 'MAP_CREATE');
  return { object, keyTypeId: attributes.number('btf_key_type_id'), valueTypeId };
}

/** key size → value size → where special fields may be → what the type says of its keys. Gives the special fields. */
export function checkMapBtf(
  request: CreateRequest,
  { object, keyTypeId, valueTypeId }: MapBtf,
): SpecialFields | undefined {
  const { types } = object;
  if (keyTypeId !== 0) checkSize(request, types, 'btf_key_type_id', keyTypeId, request.keySize);
  else if (!KEY_OPTIONAL.has(request.type))
    throw request.invalid('btf_key_type_id', `a type: ${request.typeName} maps need one beside the value's`);
  checkSize(request, types, 'btf_value_type_id', valueTypeId, request.valueSize);
  const fields = fieldsOf(request, types, valueTypeId);
  checkPlaces(request, fields);
  checkKeyType(request, types, keyTypeId);
  return hasSpecialFields(fields) ? fields : undefined;
}

function checkSize(request: CreateRequest, types: Btf, attribute: string, id: number, size: number): void {
  const found = id < types.types.length ? sizeOf(types, id) : undefined;
  if (found === size) return;
  throw request.invalid(attribute, `a type of ${size} bytes (it has ${found ?? 'no size'})`);
}

/** Special fields are in structs, at the places that the kernel gives them. */
function fieldsOf(request: CreateRequest, types: Btf, id: number): SpecialFields {
  try {
    return specialFields(types, resolve(types, id));
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw new BpfError(error.errno, 'MAP_CREATE', `btf_value_type_id: ${request.typeName}: ${error.message}`, {
      cause: error,
    });
  }
}

function checkPlaces(request: CreateRequest, fields: SpecialFields): void {
  if (!hasSpecialFields(fields)) return;
  if (request.flags & PROGRAM_ACCESS) {
    throw new BpfError(
      'EACCES',
      'MAP_CREATE',
      'map_flags: a map with special fields in its values cannot be RDONLY_PROG or WRONLY_PROG',
    );
  }
  const misplaced =
    (fields.spinLock >= 0 && !SPIN_LOCK_TYPES.has(request.type)) ||
    ((fields.timer >= 0 || fields.workqueue >= 0) && !TIMER_TYPES.has(request.type));
  if (!misplaced) return;
  throw new BpfError(
    'EOPNOTSUPP',
    'MAP_CREATE',
    `btf_value_type_id: ${request.typeName} maps take no value with such a special field`,
  );
}

function checkKeyType(request: CreateRequest, types: Btf, keyTypeId: number): void {
  const { type } = request;
  if (NO_BTF.has(type)) {
    const what = isOuterType(type) ? 'outer maps' : `${request.typeName} maps`;
    throw new BpfError('ENOTSUPP', 'MAP_CREATE', `btf_value_type_id: ${what} take no types`);
  }
  const key = types.types[keyTypeId === 0 ? 0 : resolve(types, keyTypeId)];
  const isArray = type === MapType.ARRAY || type === MapType.PERCPU_ARRAY;
  if (
    isArray &&
    !(key?.kind === 'int' && key.bits === 32 && key.bitOffset === 0) &&
    !isGlobalData(request, types, keyTypeId)
  ) {
    throw request.invalid('btf_key_type_id', 'a 32-bit integer');
  }
  if (type === MapType.LPM_TRIE && key?.kind !== 'struct') throw request.invalid('btf_key_type_id', 'a struct');
  if (type === MapType.BLOOM_FILTER && keyTypeId !== 0)
    throw request.invalid('btf_key_type_id', '0: there are no keys');
}

/** Global variables of a program: one element, whose type is a section. */
function isGlobalData(request: CreateRequest, types: Btf, keyTypeId: number): boolean {
  const value = types.types[request.attributes.number('btf_value_type_id')];
  return keyTypeId === 0 && request.type === MapType.ARRAY && request.maxEntries === 1 && value?.kind === 'datasec';
}
