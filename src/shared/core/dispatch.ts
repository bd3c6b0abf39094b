/** What depends on a map's type: one switch for each thing that a type does. See maps.ts for what each has to do. */
import { EINVAL, ENOTSUPP } from './errno';
import {
  ARRAY, ARRAY_OF_MAPS, BLOOM_FILTER, HASH, HASH_OF_MAPS, isKernelBound, LPM_TRIE, MAP_COUNT, MAP_RUN_CHUNKS, MAP_RUNS, MAP_TYPE, MAP_VALUE_SIZE, PERCPU_ARRAY,
  LRU_HASH, LRU_PERCPU_HASH, PERCPU_HASH, PERF_EVENT_ARRAY, PROG_ARRAY, QUEUE, RINGBUF, STACK, USER_RINGBUF,
} from './layout';
import { freeRuns } from './maps';
import { arrayBytes, arrayFind, arrayInit, arrayRead, arrayUpdate, indexNextKey } from './types/array';
import { arrayOfMapsBytes, arrayOfMapsFind, arrayOfMapsInit } from './types/array-of-maps';
import { bloomBytes, bloomInit } from './types/bloom-filter';
import { hashRecover, hashRemove, hashTake, hashUpdate } from './types/hash';
import { hashBytes, hashInit } from './types/hash-layout';
import { hashFind, lookup_hash_of_maps } from './types/hash-lookup';
import { readFamilyValue } from './types/hash-values';
import { hashNextKey } from './types/hash-walk';
import { lpmBytes, lpmFind, lpmInit, lpmRead, lpmRecover, lpmRemove, lpmUpdate } from './types/lpm-trie';
import { lpmNextKey } from './types/lpm-walk';
import {
  percpuArrayBytes, percpuArrayFind, percpuArrayFindOn, percpuArrayInit, percpuArrayRead, percpuArrayUpdate, percpuArrayUpdateOwn,
} from './types/percpu-array';
import { lruBytes, lruFind, lruFindOn, lruInit, lruRemove, lruUpdate } from './types/lru-hash';
import { recoverLists } from './types/lru-recovery';
import {
  firstSlot, percpuBytes, percpuHashFind, percpuHashFindOn, percpuHashInit, percpuHashUpdate, percpuHashUpdateOwn,
} from './types/percpu-hash';
import { perfArrayBytes, perfArrayInit } from './types/perf-event-array';
import { progArrayBytes, progArrayInit } from './types/prog-array';
import { queueBytes, queueCount, queueInit } from './types/queue-stack';
import { ringBytes, ringInit } from './types/ring-layout';

/** Bytes behind the header; 0: the core holds no such type. */
export function typeBytes(type: u32, keySize: u32, valueSize: u32, maxEntries: u32, flags: u32, extra: u32): u64 {
  switch (type) {
    case ARRAY: return arrayBytes(valueSize, maxEntries);
    case ARRAY_OF_MAPS: return arrayOfMapsBytes(maxEntries);
    case HASH: return hashBytes(keySize, valueSize, maxEntries, flags);
    case HASH_OF_MAPS: return hashBytes(keySize, 8, maxEntries, flags);
    case PERCPU_ARRAY: return percpuArrayBytes(valueSize, maxEntries);
    case PROG_ARRAY: return progArrayBytes(maxEntries);
    case PERF_EVENT_ARRAY: return perfArrayBytes(maxEntries);
    case LPM_TRIE: return lpmBytes();
    case QUEUE:
    case STACK: return queueBytes(valueSize, maxEntries);
    case BLOOM_FILTER: return bloomBytes(maxEntries, extra);
    case RINGBUF:
    case USER_RINGBUF: return ringBytes(maxEntries);
    case PERCPU_HASH: return hashBytes(keySize, <u32>percpuBytes(valueSize), maxEntries, flags);
    case LRU_HASH:
    case LRU_PERCPU_HASH: return lruBytes(type, keySize, valueSize, maxEntries, flags);
    default: return isKernelBound(type) ? 8 : 0;
  }
}

/** `bytes`: as `typeBytes` said. */
export function typeInit(map: usize, bytes: u64): void {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: arrayInit(map); break;
    case ARRAY_OF_MAPS: arrayOfMapsInit(map); break;
    case HASH: hashInit(map, load<u32>(map + MAP_VALUE_SIZE)); break;
    case HASH_OF_MAPS: hashInit(map, 8); break;
    case PERCPU_ARRAY: percpuArrayInit(map); break;
    case PROG_ARRAY: progArrayInit(map); break;
    case PERF_EVENT_ARRAY: perfArrayInit(map); break;
    case LPM_TRIE: lpmInit(map); break;
    case QUEUE:
    case STACK: queueInit(map); break;
    case BLOOM_FILTER: bloomInit(map); break;
    case RINGBUF:
    case USER_RINGBUF: ringInit(map); break;
    case PERCPU_HASH: percpuHashInit(map); break;
    case LRU_HASH:
    case LRU_PERCPU_HASH: lruInit(map, bytes); break;
    default: break;
  }
}

export function typeFind(map: usize, key: usize): usize {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: return arrayFind(map, key);
    case HASH: return hashFind(map, key);
    case ARRAY_OF_MAPS: return arrayOfMapsFind(map, key);
    case HASH_OF_MAPS: return lookup_hash_of_maps(<u32>map, <u32>key);
    case PERCPU_ARRAY: return percpuArrayFind(map, key);
    case LPM_TRIE: return lpmFind(map, key);
    case LRU_HASH: return hashFind(map, key);
    case PERCPU_HASH:
    case LRU_PERCPU_HASH: return percpuHashFind(map, key);
    default: return 0;
  }
}

/** As a program's look-up: an LRU map's element is marked as used (SPEC §9.2). */
export function typeProgramFind(map: usize, key: usize): usize {
  switch (load<u32>(map + MAP_TYPE)) {
    case LRU_HASH:
    case LRU_PERCPU_HASH: return lruFind(map, key);
    default: return typeFind(map, key);
  }
}

/** Copy the value at `value` (from `typeFind`) out, as the syscall side gets it. */
export function typeRead(map: usize, out: usize, value: usize): void {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: arrayRead(map, out, value); break;
    case HASH: readFamilyValue(map, out, value); break;
    case PERCPU_ARRAY: percpuArrayRead(map, out, value); break;
    case LPM_TRIE: lpmRead(map, out, value); break;
    case LRU_HASH: readFamilyValue(map, out, value); break;
    case PERCPU_HASH:
    case LRU_PERCPU_HASH: readFamilyValue(map, out, firstSlot(map, value)); break;
    default: memory.copy(out, value, load<u32>(map + MAP_VALUE_SIZE));
  }
}

export function typeUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: return arrayUpdate(map, key, value, flags);
    case HASH: return hashUpdate(map, key, value, flags);
    case PERCPU_ARRAY: return percpuArrayUpdate(map, key, value, flags);
    case LPM_TRIE: return lpmUpdate(map, key, value, flags);
    case PERCPU_HASH: return percpuHashUpdate(map, key, value, flags);
    case LRU_HASH:
    case LRU_PERCPU_HASH: return lruUpdate(map, key, value, flags, false);
    default: return -ENOTSUPP;
  }
}

export function typeRemove(map: usize, key: usize): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY:
    case PERCPU_ARRAY: return -EINVAL;
    case HASH: return hashRemove(map, key);
    case LPM_TRIE: return lpmRemove(map, key);
    case PERCPU_HASH: return hashRemove(map, key);
    case LRU_HASH:
    case LRU_PERCPU_HASH: return lruRemove(map, key, 0);
    default: return -ENOTSUPP;
  }
}

/** Look up, copy out and delete, as one step: the hash family. */
export function typeTake(map: usize, key: usize, out: usize): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case HASH: return hashTake(map, key, out);
    case PERCPU_HASH: return hashTake(map, key, out);
    case LRU_HASH:
    case LRU_PERCPU_HASH: return lruRemove(map, key, out);
    default: return -ENOTSUPP;
  }
}

export function typeNextKey(map: usize, key: usize, out: usize): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY:
    case PERCPU_ARRAY:
    case PROG_ARRAY:
    case PERF_EVENT_ARRAY:
    case ARRAY_OF_MAPS: return indexNextKey(map, key, out);
    case HASH:
    case PERCPU_HASH:
    case LRU_HASH:
    case LRU_PERCPU_HASH:
    case HASH_OF_MAPS: return hashNextKey(map, key, out);
    case LPM_TRIE: return lpmNextKey(map, key, out);
    default: return -ENOTSUPP;
  }
}

/** As a program's helper: a per-CPU map's value is this CPU's (SPEC §6.1). */
export function typeProgramUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case PERCPU_ARRAY: return percpuArrayUpdateOwn(map, key, value, flags);
    case PERCPU_HASH: return percpuHashUpdateOwn(map, key, value, flags);
    case LRU_PERCPU_HASH: return lruUpdate(map, key, value, flags, true);
    default: return typeUpdate(map, key, value, flags);
  }
}

/** That CPU's value of a per-CPU map, or 0. */
export function typeFindOnCpu(map: usize, key: usize, cpu: u32): usize {
  switch (load<u32>(map + MAP_TYPE)) {
    case PERCPU_ARRAY: return percpuArrayFindOn(map, key, cpu);
    case PERCPU_HASH: return percpuHashFindOn(map, key, cpu);
    case LRU_PERCPU_HASH: return lruFindOn(map, key, cpu);
    default: return 0;
  }
}

/** Bytes of a value as the syscall side gives and gets it: of a per-CPU map, whole 8 bytes for each possible CPU. */
export function typeValueBytes(map: usize): u32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case PERCPU_ARRAY:
    case PERCPU_HASH:
    case LRU_PERCPU_HASH: return <u32>percpuBytes(load<u32>(map + MAP_VALUE_SIZE));
    default: return load<u32>(map + MAP_VALUE_SIZE);
  }
}

/** Live elements, where the type counts them. */
export function typeCount(map: usize): u32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case HASH:
    case PERCPU_HASH:
    case LRU_HASH:
    case LRU_PERCPU_HASH:
    case HASH_OF_MAPS:
    case LPM_TRIE: return atomic.load<u32>(map + MAP_COUNT);
    case QUEUE:
    case STACK: return queueCount(map);
    default: return 0;
  }
}

/** Make whole what a thread left that stopped in this map. Its writers are held off; the caller opens the locks. */
export function typeRecover(map: usize, lock: usize, slot: u32): void {
  switch (load<u32>(map + MAP_TYPE)) {
    case HASH:
    case PERCPU_HASH:
    case HASH_OF_MAPS: hashRecover(map, lock); break;
    case LRU_HASH:
    case LRU_PERCPU_HASH:
      hashRecover(map, lock);
      recoverLists(map);
      break;
    case LPM_TRIE: lpmRecover(map); break;
    default: break;
  }
}

/** Free what lies outside the map's block. */
export function typeDestroy(map: usize): void {
  const run = <usize>atomic.load<u32>(map + MAP_RUNS);
  if (run != 0) freeRuns(run, load<u32>(map + MAP_RUN_CHUNKS));
}
