import { MapType } from '../../../shared/uapi.js';
import { array, descriptorArray } from './arrays.js';
import { hash, hashOfMaps } from './hashes.js';
import { localStorage, structOps } from './kernel-bound.js';
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
  [MapType.QUEUE]: queueOrStack,
  [MapType.STACK]: queueOrStack,
  [MapType.SK_STORAGE]: localStorage,
  [MapType.STRUCT_OPS]: structOps,
  [MapType.RINGBUF]: ringBuffer,
  [MapType.INODE_STORAGE]: localStorage,
  [MapType.TASK_STORAGE]: localStorage,
  [MapType.BLOOM_FILTER]: bloomFilter,
  [MapType.USER_RINGBUF]: ringBuffer,
  [MapType.CGRP_STORAGE]: localStorage,
};

/** Types that can be created; the others pass the checks and are then refused as not there yet. */
export const AVAILABLE: ReadonlySet<number> = new Set([
  MapType.HASH,
  MapType.ARRAY,
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
]);

/** Types that redirect to devices and sockets. */
export const NEEDS_NET_ADMIN: ReadonlySet<number> = new Set([
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.XSKMAP,
]);
