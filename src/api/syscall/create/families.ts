import { MapType } from '../../../shared/uapi.js';
import { array, descriptorArray } from './arrays.js';
import { hash, hashOfMaps } from './hashes.js';
import * as bound from './kernel-bound.js';
import { bloomFilter, queueOrStack, ringBuffer } from './keyless.js';
import { lpmTrie } from './lpm-trie.js';
import type { MapFamily } from './request.js';

/** Checks by map type. Types that are not here are known by number only. */
export const FAMILIES: Readonly<Record<number, MapFamily>> = {
  [MapType.HASH]: hash,
  [MapType.ARRAY]: array,
  [MapType.PROG_ARRAY]: descriptorArray,
  [MapType.PERF_EVENT_ARRAY]: descriptorArray,
  [MapType.PERCPU_HASH]: hash,
  [MapType.PERCPU_ARRAY]: array,
  [MapType.CGROUP_ARRAY]: descriptorArray,
  [MapType.LRU_HASH]: hash,
  [MapType.LRU_PERCPU_HASH]: hash,
  [MapType.LPM_TRIE]: lpmTrie,
  [MapType.ARRAY_OF_MAPS]: descriptorArray,
  [MapType.HASH_OF_MAPS]: hashOfMaps,
  [MapType.STACK_TRACE]: bound.stackTrace,
  [MapType.DEVMAP]: bound.deviceMap,
  [MapType.DEVMAP_HASH]: bound.deviceMap,
  [MapType.SOCKMAP]: bound.socketMap,
  [MapType.SOCKHASH]: bound.socketHash,
  [MapType.CPUMAP]: bound.cpuMap,
  [MapType.XSKMAP]: bound.socketRingMap,
  [MapType.CGROUP_STORAGE]: bound.cgroupStorage,
  [MapType.PERCPU_CGROUP_STORAGE]: bound.cgroupStorage,
  [MapType.REUSEPORT_SOCKARRAY]: bound.reuseportArray,
  [MapType.ARENA]: bound.arena,
  [MapType.QUEUE]: queueOrStack,
  [MapType.STACK]: queueOrStack,
  [MapType.SK_STORAGE]: bound.localStorage,
  [MapType.STRUCT_OPS]: bound.structOps,
  [MapType.RINGBUF]: ringBuffer,
  [MapType.INODE_STORAGE]: bound.localStorage,
  [MapType.TASK_STORAGE]: bound.localStorage,
  [MapType.BLOOM_FILTER]: bloomFilter,
  [MapType.USER_RINGBUF]: ringBuffer,
  [MapType.CGRP_STORAGE]: bound.localStorage,
};

/** Types that redirect to devices and sockets. */
export const NEEDS_NET_ADMIN: ReadonlySet<number> = new Set([
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.XSKMAP,
]);
