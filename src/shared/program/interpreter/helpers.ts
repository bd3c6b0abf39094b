/** Helper calls: their memory arguments are checked, what they hand out is noted, callbacks and tail calls are made here. */
import { FRAME_POINTER, STACK_SIZE } from '../insn/opcodes.js';
import { MEMORY_ARGUMENTS, type MemoryArgument } from './arguments.js';
import { withCallback } from './callbacks.js';
import { findHelper, type HelperFunction } from './environment.js';
import type { Machine } from './machine.js';
import { isOuter, type RunMap, valueRegion } from './maps.js';

const Helper = {
  MAP_LOOKUP_ELEM: 1,
  TAIL_CALL: 12,
  RINGBUF_RESERVE: 131,
  RINGBUF_SUBMIT: 132,
  RINGBUF_DISCARD: 133,
  FOR_EACH_MAP_ELEM: 164,
  LOOP: 181,
  MAP_LOOKUP_PERCPU_ELEM: 195,
  RINGBUF_SUBMIT_DYNPTR: 199,
  RINGBUF_DISCARD_DYNPTR: 200,
  DYNPTR_DATA: 203,
  USER_RINGBUF_DRAIN: 209,
} as const;

const MAX_LOOPS = 1n << 23n;
const E2BIG = 7n;
const EINVAL = 22n;

/** Call the helper. Returns whether it moved the program elsewhere (a tail call). */
export function callHelper(machine: Machine, id: number): boolean {
  checkArguments(machine, id);
  if (id === Helper.TAIL_CALL) return tailCall(machine);
  machine.registers[0] = BigInt.asUintN(64, result(machine, id));
  return false;
}

function result(machine: Machine, id: number): bigint {
  switch (id) {
    case Helper.MAP_LOOKUP_ELEM:
      return lookup(machine);
    case Helper.MAP_LOOKUP_PERCPU_ELEM:
      return granted(machine, plain(machine, id), (start) => valueRegion(mapIn(machine, 1), start));
    case Helper.RINGBUF_RESERVE:
    case Helper.DYNPTR_DATA:
      return record(machine, id);
    case Helper.RINGBUF_SUBMIT:
    case Helper.RINGBUF_DISCARD:
      return release(machine, id);
    case Helper.RINGBUF_SUBMIT_DYNPTR:
    case Helper.RINGBUF_DISCARD_DYNPTR:
      machine.revokeSlices(machine.registers[1] as bigint);
      return plain(machine, id);
    case Helper.LOOP:
      return loop(machine);
    case Helper.FOR_EACH_MAP_ELEM:
      return forEach(machine, mapIn(machine, 1));
    case Helper.USER_RINGBUF_DRAIN:
      return drain(machine);
    default:
      return plain(machine, id);
  }
}

/** Call the core or the host with r1…r5. */
function plain(machine: Machine, id: number): bigint {
  return helperOf(machine, id)(...machine.registers.slice(1, 6));
}

function helperOf(machine: Machine, id: number): HelperFunction {
  const helper = findHelper(machine.environment, id);
  if (helper === undefined) throw machine.fault(`nobody provides helper ${id}`);
  return helper;
}

function mapIn(machine: Machine, register: number): RunMap {
  const map = machine.maps.get(machine.registers[register] as bigint);
  if (map === undefined) throw machine.fault(`r${register} is not a map of this run`);
  return map;
}

function checkArguments(machine: Machine, id: number): void {
  for (const argument of MEMORY_ARGUMENTS.get(id) ?? []) {
    const address = machine.registers[argument.register] as bigint;
    const bytes = sizeOf(machine, argument);
    if (bytes === 0 || (argument.nullable && address === 0n)) continue;
    machine.memory.check(address, bytes, argument.write === true);
  }
}

function sizeOf(machine: Machine, { size }: MemoryArgument): number {
  if (typeof size === 'number') return size;
  if ('key' in size) return mapIn(machine, size.key).keySize;
  if ('value' in size) return mapIn(machine, size.value).valueSize;
  return Number(BigInt.asUintN(32, machine.registers[size.register] as bigint));
}

function granted(
  machine: Machine,
  address: bigint,
  region: (start: number) => Parameters<Machine['regions']['grant']>[0],
): bigint {
  if (address !== 0n) machine.regions.grant(region(Number(BigInt.asUintN(32, address))));
  return address;
}

function lookup(machine: Machine): bigint {
  const map = mapIn(machine, 1);
  const key = Number(machine.registers[2]);
  const found = machine.environment.core.lookup_any(map.address, key) >>> 0;
  if (found === 0) return 0n;
  if (isOuter(map)) machine.maps.addInner(found);
  else machine.regions.grant(valueRegion(map, found));
  return BigInt(found);
}

/** A ring-buffer record, or a slice of a dynptr; r2 or r3 says how long. */
function record(machine: Machine, id: number): bigint {
  const slice = id === Helper.DYNPTR_DATA;
  const size = Number(machine.registers[slice ? 3 : 2]);
  const label = slice ? 'slice of a dynptr' : 'ring-buffer record';
  const owner = machine.registers[1] as bigint;
  const address = granted(machine, plain(machine, id), (start) => ({
    start,
    size,
    label,
    readable: true,
    writable: true,
  }));
  if (slice && address !== 0n) machine.noteSlice(owner, Number(address));
  return address;
}

function release(machine: Machine, id: number): bigint {
  const address = machine.registers[1] as bigint;
  if (!machine.regions.revoke(Number(address))) throw machine.fault('r1 is no record that is reserved');
  return plain(machine, id);
}

/** bpf_loop(nr_loops, callback, ctx, flags): how often the callback was called. */
function loop(machine: Machine): bigint {
  const count = BigInt.asUintN(32, machine.registers[1] as bigint);
  const [, , target, context, flags] = machine.registers as [bigint, bigint, bigint, bigint, bigint];
  if (flags !== 0n) return -EINVAL;
  if (count > MAX_LOOPS) return -E2BIG;
  const stackTop = machine.stackTop - STACK_SIZE;
  for (let index = 0n; index < count; index++) {
    if (machine.callback(Number(target), [index, context], stackTop) !== 0n) return index + 1n;
  }
  return count;
}

/** The core walks the map; key and value belong to the program while the callback has them. */
function forEach(machine: Machine, map: RunMap): bigint {
  const [, r1, target, context, flags] = machine.registers as [bigint, bigint, bigint, bigint, bigint];
  const helper = helperOf(machine, Helper.FOR_EACH_MAP_ELEM);
  const visit = (...args: [bigint, bigint, bigint, bigint, bigint, number]): bigint => {
    const [mapArgument, key, value, , , stackTop] = args;
    const keyStart = Number(BigInt.asUintN(32, key));
    machine.regions.grant({
      start: keyStart,
      size: map.keySize,
      label: 'key of the element',
      readable: true,
      writable: false,
    });
    machine.regions.grant(valueRegion(map, Number(BigInt.asUintN(32, value))));
    const result = machine.callback(Number(target), [mapArgument, key, value, context], stackTop);
    machine.regions.revoke(keyStart);
    return result;
  };
  const stackTop = Number(machine.registers[FRAME_POINTER]) - STACK_SIZE;
  return withCallback(machine.environment, visit, (index) => helper(r1, BigInt(index), context, flags, stackTop));
}

/** bpf_user_ringbuf_drain(map, callback, ctx, flags): the callback gets a dynptr. */
function drain(machine: Machine): bigint {
  const [, map, target, context, flags] = machine.registers as [bigint, bigint, bigint, bigint, bigint];
  const helper = helperOf(machine, Helper.USER_RINGBUF_DRAIN);
  const visit = (...args: [bigint, bigint, bigint, bigint, bigint, number]): bigint => {
    const result = machine.callback(Number(target), [args[0], context], args[5]);
    machine.revokeSlices(args[0]);
    return result;
  };
  const stackTop = Number(machine.registers[FRAME_POINTER]) - STACK_SIZE;
  return withCallback(machine.environment, visit, (index) => helper(map, BigInt(index), context, flags, stackTop));
}

function tailCall(machine: Machine): boolean {
  const map = mapIn(machine, 2);
  const index = Number(BigInt.asIntN(32, machine.registers[3] as bigint));
  const id = machine.environment.core.tail_call_target(map.address, index);
  const program = id === 0 ? undefined : machine.environment.programById(id);
  if (program === undefined) return false;
  machine.tailCall(program);
  return true;
}
