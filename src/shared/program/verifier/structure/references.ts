/** The 64-bit load-immediates: their form, and the maps that they name. Unknown opcodes are found on the way. */
import { MapFlags, MapType, ProgramType } from '../../../uapi.js';
import { Kind, kindOf } from '../../insn/kinds.js';
import { Class, CLASS_MASK, Mode, MODE_MASK, Opcode, Pseudo } from '../../insn/opcodes.js';
import type { ProgramMap } from '../../types.js';
import type { Env } from '../env.js';

const MAX_MAPS = 64;
/** Atomic load-acquire and store-release exist for bytes and half-words too. */
const ATOMIC_BYTE = 0xd3;
const ATOMIC_HALF = 0xcb;

function isKnownOpcode(opcode: number): boolean {
  return kindOf(opcode) !== Kind.UNKNOWN || opcode === ATOMIC_BYTE || opcode === ATOMIC_HALF;
}

export function resolveReferences(env: Env): void {
  const { slots } = env;
  for (let slot = 0; slot < slots.count; slot++) {
    const opcode = slots.op(slot);
    if ((opcode & CLASS_MASK) === Class.LDX) {
      const mode = opcode & MODE_MASK;
      if ((mode !== Mode.MEM && mode !== Mode.MEMSX) || slots.value(slot) !== 0) {
        env.refuse('EINVAL', 'BPF_LDX uses reserved fields');
      }
    }
    if (opcode === Opcode.LOAD_IMMEDIATE) {
      resolveLoad(env, slot);
      slot++;
    } else if (!isKnownOpcode(opcode)) {
      env.refuse('EINVAL', `unknown opcode ${opcode.toString(16).padStart(2, '0')}`);
    }
  }
}

function resolveLoad(env: Env, slot: number): void {
  const { slots } = env;
  const next = slot + 1;
  const whole = next < slots.count && (slots.op(next) | slots.to(next) | slots.from(next) | slots.off(next)) === 0;
  if (!whole) env.refuse('EINVAL', 'invalid bpf_ld_imm64 insn');
  const source = slots.from(slot);
  if (source === Pseudo.CONSTANT || source === Pseudo.FUNCTION) return;
  if (source === Pseudo.BTF_ID)
    env.refuse('EINVAL', `ldimm64 uses a kernel BTF id ${slots.value(slot)}, and there is no kernel here`);
  const isValue = source === Pseudo.MAP_VALUE || source === Pseudo.MAP_INDEX_VALUE;
  const isMap = source === Pseudo.MAP_FD || source === Pseudo.MAP_INDEX;
  if (!isValue && !(isMap && slots.value(next) === 0)) env.refuse('EINVAL', 'unrecognized bpf_ld_imm64 insn');
  const map = useMap(env, descriptor(env, slot));
  env.mapAt.set(slot, map);
  if (isValue) checkDirectValue(env, map, slots.value(next) >>> 0);
}

function descriptor(env: Env, slot: number): number {
  const { slots } = env;
  const source = slots.from(slot);
  if (source !== Pseudo.MAP_INDEX && source !== Pseudo.MAP_INDEX_VALUE) return slots.value(slot);
  const { fdArray } = env.input;
  if (fdArray === undefined) return env.refuse('EPROTO', 'fd_idx without fd_array is invalid');
  const fd = fdArray[slots.value(slot)];
  return fd ?? env.refuse('EFAULT', `fd_array has no index ${slots.value(slot)}`);
}

function useMap(env: Env, fd: number): ProgramMap {
  const map = env.input.mapsByFd.get(fd);
  if (map === undefined || map === 'other') {
    return env.refuse(map === undefined ? 'EBADF' : 'EINVAL', `fd ${fd} is not pointing to valid bpf_map`);
  }
  if (env.usedMaps.includes(map)) return map;
  if (env.usedMaps.length >= MAX_MAPS) {
    env.refuse('E2BIG', `The total number of maps per program has reached the limit of ${MAX_MAPS}`);
  }
  checkCompatibility(env, map);
  checkStorage(env, map);
  env.usedMaps.push(map);
  return map;
}

function checkDirectValue(env: Env, map: ProgramMap, offset: number): void {
  if (offset >= 1 << 29) env.refuse('EINVAL', `direct value offset of ${offset} is not allowed`);
  if (map.type !== MapType.ARRAY) env.refuse('EINVAL', 'no direct value access support for this map type');
  if (map.maxEntries === 1 && offset < map.valueSize) return;
  const code = map.maxEntries === 1 ? 'EINVAL' : 'ENOTSUPP';
  env.refuse(code, `invalid access to map value pointer, value_size=${map.valueSize} off=${offset}`);
}

const TRACING: ReadonlySet<number> = new Set([
  ProgramType.KPROBE,
  ProgramType.TRACEPOINT,
  ProgramType.PERF_EVENT,
  ProgramType.RAW_TRACEPOINT,
  ProgramType.RAW_TRACEPOINT_WRITABLE,
]);

const SLEEPABLE_MAPS: ReadonlySet<number> = new Set([
  MapType.HASH,
  MapType.LRU_HASH,
  MapType.ARRAY,
  MapType.PERCPU_HASH,
  MapType.PERCPU_ARRAY,
  MapType.LRU_PERCPU_HASH,
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
  MapType.RINGBUF,
  MapType.USER_RINGBUF,
  MapType.INODE_STORAGE,
  MapType.SK_STORAGE,
  MapType.TASK_STORAGE,
  MapType.CGRP_STORAGE,
  MapType.QUEUE,
  MapType.STACK,
  MapType.ARENA,
]);

function checkCompatibility(env: Env, map: ProgramMap): void {
  const tracing = TRACING.has(env.type);
  if (map.spinLock >= 0) {
    if (env.type === ProgramType.SOCKET_FILTER)
      env.refuse('EINVAL', 'socket filter progs cannot use bpf_spin_lock yet');
    if (tracing) env.refuse('EINVAL', 'tracing progs cannot use bpf_spin_lock yet');
  }
  if (map.timer >= 0 && tracing) env.refuse('EINVAL', 'tracing progs cannot use bpf_timer yet');
  if (map.workqueue >= 0 && tracing) env.refuse('EINVAL', 'tracing progs cannot use bpf_wq yet');
  if (map.type === MapType.STRUCT_OPS) env.refuse('EINVAL', 'bpf_struct_ops map cannot be used in prog');
  if (env.rules412 && env.type === ProgramType.PERF_EVENT) checkPreallocated(env, map);
  if ((env.flags & 16) !== 0 && !SLEEPABLE_MAPS.has(map.type)) {
    env.refuse('EINVAL', 'Sleepable programs can only use array, hash, ringbuf and local storage maps');
  }
}

/** A program has one cgroup storage, and one for each CPU. */
function checkStorage(env: Env, { type }: ProgramMap): void {
  if (type !== MapType.CGROUP_STORAGE && type !== MapType.PERCPU_CGROUP_STORAGE) return;
  if (env.usedMaps.some((used) => used.type === type)) {
    env.refuse('EBUSY', 'only one cgroup storage of each type is allowed');
  }
}

/** Linux 4.12: a program that may run in a non-maskable interrupt must not allocate. */
function checkPreallocated(env: Env, map: ProgramMap): void {
  const allocates = (candidate: ProgramMap): boolean => {
    const hash = [MapType.HASH, MapType.PERCPU_HASH, MapType.HASH_OF_MAPS].some((type) => type === candidate.type);
    return hash && (candidate.flags & MapFlags.NO_PREALLOC) !== 0;
  };
  if (allocates(map)) env.refuse('EINVAL', 'perf_event programs can only use preallocated hash map');
  if (map.inner && allocates(map.inner)) {
    env.refuse('EINVAL', 'perf_event programs can only use preallocated inner hash map');
  }
}
