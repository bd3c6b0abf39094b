/** Types whose elements belong to kernel objects. Their creation asks for BTF of the kernel or of the value. */
import { MapFlags, MapType } from '../../../shared/uapi.js';
import { type CreateRequest, type MapFamily, MAX_PERCPU_ALLOCATION, PROGRAM_ACCESS_FLAGS } from './request.js';

const COMMON = MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY;
const PAGE_SIZE = 4096;
/** Frames of a call stack that the kernel records. */
const MAX_FRAMES = 127;
/** Keys of SOCKHASH lie on a program's stack. */
const MAX_STACK = 512;
const MAX_CPUS = 8192;
const MAX_ARENA_PAGES = 2 ** 32 / PAGE_SIZE;
/** 64 KiB with what the kernel keeps beside the value. */
const MAX_STORAGE_VALUE = 65_407;
const CGROUP_KEY_SIZES = [8, 16];

/** SK_STORAGE, TASK_STORAGE, INODE_STORAGE, CGRP_STORAGE: values attached to a kernel object. */
export const localStorage: MapFamily = {
  early(request) {
    request.checkFlags(MapFlags.NO_PREALLOC | MapFlags.CLONE);
    if ((request.flags & MapFlags.NO_PREALLOC) === 0) throw request.invalid('map_flags', 'NO_PREALLOC (1) to be set');
    if (request.maxEntries !== 0) throw request.invalid('max_entries', `0 for ${request.typeName} maps`);
    request.checkKeySize(4);
    if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
    for (const attribute of ['btf_key_type_id', 'btf_value_type_id']) {
      if (request.attributes.number(attribute) === 0) throw request.invalid(attribute, 'the BTF type, which is needed');
    }
  },
};

export const structOps: MapFamily = {
  early(request) {
    request.checkFlags(MapFlags.LINK | MapFlags.VTYPE_BTF_OBJ_FD);
    request.checkKeySize(4);
    if (request.maxEntries !== 1) throw request.invalid('max_entries', `1 for ${request.typeName} maps`);
    if (request.attributes.number('btf_vmlinux_value_type_id') === 0) {
      throw request.invalid('btf_vmlinux_value_type_id', 'the BTF type, which is needed');
    }
  },
};

export const stackTrace: MapFamily = {
  late(request) {
    request.checkFlags(COMMON | MapFlags.STACK_BUILD_ID);
    request.checkMaxEntries();
    request.checkKeySize(4);
    const frame = request.flags & MapFlags.STACK_BUILD_ID ? 32 : 8;
    const { valueSize } = request;
    if (valueSize < 8 || valueSize % frame !== 0 || valueSize / frame > MAX_FRAMES) {
      throw request.invalid('value_size', `1 to ${MAX_FRAMES} frames of ${frame} bytes`);
    }
  },
};

/** DEVMAP and DEVMAP_HASH: an interface index, or with a program's descriptor beside it. */
export const deviceMap: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    request.checkKeySize(4);
    checkValueSize(request, 4, 8);
    request.checkFlags(COMMON);
  },
};

export const cpuMap: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    request.checkKeySize(4);
    checkValueSize(request, 4, 8);
    request.checkFlags(MapFlags.NUMA_NODE);
    if (request.maxEntries > MAX_CPUS) throw request.tooBig('max_entries', `at most ${MAX_CPUS}`);
  },
};

export const socketRingMap: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    request.checkKeySize(4);
    checkValueSize(request, 4);
    request.checkFlags(COMMON);
  },
};

export const socketMap: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    request.checkKeySize(4);
    checkValueSize(request, 4, 8);
    request.checkFlags(COMMON);
  },
};

export const socketHash: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    if (request.keySize === 0) throw request.invalid('key_size', 'at least 1');
    checkValueSize(request, 4, 8);
    request.checkFlags(COMMON);
    if (request.keySize > MAX_STACK) throw request.tooBig('key_size', `at most ${MAX_STACK}`);
  },
};

export const reuseportArray: MapFamily = {
  early(request) {
    checkValueSize(request, 4, 8);
    request.checkFlags(COMMON | PROGRAM_ACCESS_FLAGS);
    request.checkMaxEntries();
    request.checkKeySize(4);
  },
};

/** CGROUP_STORAGE and PERCPU_CGROUP_STORAGE: the key names a cgroup, and perhaps an attach type. */
export const cgroupStorage: MapFamily = {
  late(request) {
    if (!CGROUP_KEY_SIZES.includes(request.keySize)) throw request.invalid('key_size', CGROUP_KEY_SIZES.join(' or '));
    if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
    const largest = request.type === MapType.CGROUP_STORAGE ? MAX_STORAGE_VALUE : MAX_PERCPU_ALLOCATION;
    if (request.valueSize > largest) throw request.tooBig('value_size', `at most ${largest}`);
    request.checkFlags(COMMON | PROGRAM_ACCESS_FLAGS);
    if (request.maxEntries !== 0) throw request.invalid('max_entries', `0 for ${request.typeName} maps`);
  },
};

export const arena: MapFamily = {
  late(request) {
    request.checkKeySize(0);
    if (request.valueSize !== 0) throw request.invalid('value_size', '0 for ARENA maps');
    request.checkMaxEntries();
    request.checkFlags(MapFlags.MMAPABLE | MapFlags.SEGV_ON_FAULT | MapFlags.NO_USER_CONV);
    if ((request.flags & MapFlags.MMAPABLE) === 0) throw request.invalid('map_flags', 'MMAPABLE (1024) to be set');
    if (request.attributes.number('map_extra') % PAGE_SIZE !== 0) throw request.invalid('map_extra', 'whole pages');
    if (request.maxEntries > MAX_ARENA_PAGES) throw request.tooBig('max_entries', `at most ${MAX_ARENA_PAGES} pages`);
  },
};

function checkValueSize(request: CreateRequest, ...sizes: number[]): void {
  if (sizes.includes(request.valueSize)) return;
  throw request.invalid('value_size', `${sizes.join(' or ')} for ${request.typeName} maps`);
}
