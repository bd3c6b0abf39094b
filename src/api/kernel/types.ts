/** Families of map types. */
import { MapType } from '../../shared/uapi.js';

const PER_CPU: ReadonlySet<number> = new Set([MapType.PERCPU_ARRAY, MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH]);
const HASHES: ReadonlySet<number> = new Set([
  MapType.HASH,
  MapType.PERCPU_HASH,
  MapType.LRU_HASH,
  MapType.LRU_PERCPU_HASH,
]);
/** Keys are indices; every index below max_entries has an element or a slot. */
const ARRAYS: ReadonlySet<number> = new Set([
  MapType.ARRAY,
  MapType.PERCPU_ARRAY,
  MapType.ARRAY_OF_MAPS,
  MapType.PROG_ARRAY,
  MapType.PERF_EVENT_ARRAY,
]);

/** Values have one slot for each CPU. */
export function isPerCpuType(type: number): boolean {
  return PER_CPU.has(type);
}

/** HASH, with its per-CPU and LRU kinds. */
export function isHashType(type: number): boolean {
  return HASHES.has(type);
}

export function isArrayType(type: number): boolean {
  return ARRAYS.has(type);
}

export function isRingType(type: number): boolean {
  return type === MapType.RINGBUF || type === MapType.USER_RINGBUF;
}

export function isQueueType(type: number): boolean {
  return type === MapType.QUEUE || type === MapType.STACK;
}

/** Types whose elements are or belong to objects of the kernel, and which objects these are. */
const KERNEL_OBJECTS: Readonly<Record<number, string>> = {
  [MapType.STACK_TRACE]: 'call stacks of the kernel',
  [MapType.CGROUP_ARRAY]: 'cgroups',
  [MapType.DEVMAP]: 'network devices',
  [MapType.DEVMAP_HASH]: 'network devices',
  [MapType.SOCKMAP]: 'sockets',
  [MapType.SOCKHASH]: 'sockets',
  [MapType.CPUMAP]: "the kernel's CPU queues",
  [MapType.XSKMAP]: 'AF_XDP sockets',
  [MapType.CGROUP_STORAGE]: 'cgroups',
  [MapType.PERCPU_CGROUP_STORAGE]: 'cgroups',
  [MapType.REUSEPORT_SOCKARRAY]: 'sockets',
  [MapType.SK_STORAGE]: 'sockets',
  [MapType.INODE_STORAGE]: 'inodes',
  [MapType.TASK_STORAGE]: 'tasks',
  [MapType.CGRP_STORAGE]: 'cgroups',
  [MapType.STRUCT_OPS]: 'structures of the kernel',
  [MapType.ARENA]: "memory shared with the kernel's programs",
};

/** What the elements of such a map would be, or undefined for types that hold elements here. */
export function kernelObjectOf(type: number): string | undefined {
  return KERNEL_OBJECTS[type];
}
