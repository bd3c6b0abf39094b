/** Which helpers work on which map types (SPEC §8.2). */
import { MapType } from '../../../uapi.js';
import type { ProgramMap } from '../../types.js';
import type { Env } from '../env.js';
import * as Id from '../helper-ids.js';

type Rows = ReadonlyMap<number, ReadonlySet<number>>;

function rows(...entries: readonly (readonly [readonly number[], readonly number[]])[]): Rows {
  const map = new Map<number, ReadonlySet<number>>();
  for (const [keys, values] of entries) for (const key of keys) map.set(key, new Set(values));
  return map;
}

const PERF_READERS = [22, 25, 55, 111, 121];
const RING = [130, 131, 134, 198, 199, 200];

/** Map types that only these helpers may be given. */
const BY_MAP: Rows = rows(
  [[MapType.PROG_ARRAY], [Id.TAIL_CALL]],
  [[MapType.PERF_EVENT_ARRAY], PERF_READERS],
  [[MapType.RINGBUF], RING],
  [[MapType.USER_RINGBUF], [Id.USER_RINGBUF_DRAIN]],
  [[MapType.STACK_TRACE], [Id.GET_STACKID]],
  [[MapType.CGROUP_ARRAY], [33, 37]],
  [[MapType.CGROUP_STORAGE, MapType.PERCPU_CGROUP_STORAGE], [81]],
  [
    [MapType.DEVMAP, MapType.DEVMAP_HASH, MapType.XSKMAP],
    [Id.REDIRECT_MAP, Id.MAP_LOOKUP],
  ],
  [[MapType.CPUMAP], [Id.REDIRECT_MAP]],
  [[MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS], [Id.MAP_LOOKUP]],
  [[MapType.SOCKMAP], [52, 53, 60, 82, Id.MAP_DELETE, Id.MAP_LOOKUP, Id.MAP_UPDATE]],
  [[MapType.SOCKHASH], [70, 71, 72, 82, Id.MAP_DELETE, Id.MAP_LOOKUP, Id.MAP_UPDATE]],
  [[MapType.REUSEPORT_SOCKARRAY], [82]],
  [
    [MapType.QUEUE, MapType.STACK],
    [Id.MAP_PUSH, Id.MAP_POP, Id.MAP_PEEK],
  ],
  [[MapType.SK_STORAGE], [107, 108, 194]],
  [[MapType.INODE_STORAGE], [145, 146, 194]],
  [[MapType.TASK_STORAGE], [156, 157, 194]],
  [[MapType.CGRP_STORAGE], [210, 211, 194]],
  [[MapType.BLOOM_FILTER], [Id.MAP_PUSH, Id.MAP_PEEK]],
);

/** Helpers that only take these map types. */
const BY_HELPER: Rows = rows(
  [[Id.TAIL_CALL], [MapType.PROG_ARRAY]],
  [PERF_READERS, [MapType.PERF_EVENT_ARRAY]],
  [RING, [MapType.RINGBUF]],
  [[Id.USER_RINGBUF_DRAIN], [MapType.USER_RINGBUF]],
  [[Id.GET_STACKID], [MapType.STACK_TRACE]],
  [[33, 37], [MapType.CGROUP_ARRAY]],
  [[Id.REDIRECT_MAP], [MapType.DEVMAP, MapType.DEVMAP_HASH, MapType.CPUMAP, MapType.XSKMAP]],
  [[52, 53, 60], [MapType.SOCKMAP]],
  [[70, 71, 72], [MapType.SOCKHASH]],
  [[81], [MapType.CGROUP_STORAGE, MapType.PERCPU_CGROUP_STORAGE]],
  [[82], [MapType.REUSEPORT_SOCKARRAY, MapType.SOCKMAP, MapType.SOCKHASH]],
  [[Id.MAP_POP], [MapType.QUEUE, MapType.STACK]],
  [
    [Id.MAP_PUSH, Id.MAP_PEEK],
    [MapType.QUEUE, MapType.STACK, MapType.BLOOM_FILTER],
  ],
  [[Id.MAP_LOOKUP_PERCPU], [MapType.PERCPU_ARRAY, MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH]],
  [[107, 108], [MapType.SK_STORAGE]],
);

export function checkMapHelper(env: Env, map: ProgramMap | null, helper: number, name: string): void {
  if (map === null) return;
  const byMap = BY_MAP.get(map.type);
  const byHelper = BY_HELPER.get(helper);
  if ((!byMap || byMap.has(helper)) && (!byHelper || byHelper.has(map.type))) return;
  env.refuse('EINVAL', `cannot pass map_type ${map.type} into func ${name}#${helper}`);
}

const EACH: ReadonlySet<number> = new Set([
  MapType.ARRAY,
  MapType.PERCPU_ARRAY,
  MapType.HASH,
  MapType.PERCPU_HASH,
  MapType.LRU_HASH,
  MapType.LRU_PERCPU_HASH,
]);

export function canIterate(map: ProgramMap): boolean {
  return EACH.has(map.type);
}
