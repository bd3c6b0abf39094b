/** A load or store through a register: what it may touch depends on what the register points to. */
import { MapFlags, MapType, ProgramType } from '../../../uapi.js';
import type { ProgramMap } from '../../types.js';
import { contextAccess } from '../context/access.js';
import { isUnconvertible, sockFieldReadable } from '../context/sock.js';
import type { Env } from '../env.js';
import { formatTnum } from '../log/tnum.js';
import { Flag, isSocketKind, Kind, kindOf, mayBeNull, typeName } from '../register-kinds.js';
import type { Register } from '../register.js';
import { keepsSign, signExtend64, truncate } from '../scalar/extend.js';
import { toNumber, toUnsignedNumber } from '../scalar/int64.js';
import { checkUnmodified, isPointerForProgram } from '../values.js';
import { warnIfDeleted } from '../warnings.js';
import { checkAlignment } from './alignment.js';
import { checkPacketRegion, checkRegion } from './bounds.js';
import { checkMapObject } from './map-object.js';
import { loadFromStack, type StoredValue, storeToStack } from './stack.js';
import { checkStackBounds } from './stack-access.js';

export interface Access {
  /** Register that holds the address. */
  readonly pointer: number;
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
  /** Register that a load fills (−1: none). */
  readonly destination: number;
  /** What a store takes. */
  readonly value: StoredValue;
  /** Aligned whatever the program's flags say (atomics). */
  readonly aligned: boolean;
  readonly signed: boolean;
}

export function checkMemory(env: Env, access: Access): void {
  const r = env.peek(access.pointer);
  checkAlignment(env, r, access.off, access.size, access.aligned);
  accessByKind(env, r, access);
  const { size, write, destination, signed } = access;
  if (write || destination < 0 || size === 8) return;
  const target = env.register(destination);
  if (target.type !== Kind.SCALAR) return;
  if (signed) loadSigned(target, size);
  else truncate(target, size);
}

/** What sign extension may change is no longer equal to the spilled scalar that it was read from. */
function loadSigned(target: Register, size: number): void {
  if (!keepsSign(target, size * 8)) target.leaveClass();
  signExtend64(target, size);
}

function accessByKind(env: Env, r: Register, access: Access): void {
  const off = access.off + r.off;
  switch (r.type) {
    case Kind.MAP_VALUE:
      accessMapValue(env, r, access, off);
      return;
    case Kind.MAP_KEY:
      if (access.write) env.refuse('EACCES', `write to change key R${access.pointer} not allowed`);
      checkRegion(env, access.pointer, off, access.size, r.map?.keySize ?? 0, false);
      fill(env, access);
      return;
    case Kind.CTX:
      accessContext(env, r, access, off);
      return;
    case Kind.STACK:
      checkStackBounds(env, access.pointer, off, access.size, access.write);
      if (access.write) storeToStack(env, access.pointer, off, access.size, access.value);
      else loadFromStack(env, access.pointer, off, access.size, access.destination);
      return;
    case Kind.PACKET:
    case Kind.PACKET_META:
      accessPacket(env, access, off);
      return;
    case Kind.MAP_PTR:
      checkMapObject(env, r, access, off);
      fill(env, access);
      return;
    default:
      accessOther(env, r, access, off);
  }
}

function fill(env: Env, access: Access): void {
  if (!access.write && access.destination >= 0) env.frame.fresh(access.destination).setUnknown(!env.bpfCapable);
}

/** A pointer must not be stored where user space can read it. */
function checkLeak(env: Env, access: Access, where: string): void {
  if (!access.write || access.value === null || !('register' in access.value)) return;
  const number = access.value.register;
  if (isPointerForProgram(env, env.peek(number))) env.refuse('EACCES', `R${number} leaks addr into ${where}`);
}

export function isReadOnlyForPrograms(map: ProgramMap): boolean {
  return (map.flags & MapFlags.RDONLY_PROG) !== 0 || map.type === MapType.DEVMAP || map.type === MapType.DEVMAP_HASH;
}

export function checkMapDirection(env: Env, map: ProgramMap, off: number, size: number, write: boolean): void {
  const detail = `value_size=${map.valueSize} off=${off} size=${size}`;
  if (write && isReadOnlyForPrograms(map)) env.refuse('EACCES', `write into map forbidden, ${detail}`);
  if (!write && (map.flags & MapFlags.WRONLY_PROG) !== 0) env.refuse('EACCES', `read from map forbidden, ${detail}`);
}

/** The access lies in the value and does not touch a lock, a timer or a work queue. */
export function checkMapValueRegion(env: Env, number: number, off: number, size: number, zero: boolean): void {
  const r = env.peek(number);
  const map = r.map as ProgramMap;
  checkRegion(env, number, off, size, map.valueSize, zero);
  if ((map.spinLock & map.timer & map.workqueue) < 0) return;
  const from = toNumber(r.sminLo, r.sminHi) + off;
  const to = toUnsignedNumber(r.umaxLo, r.umaxHi) + off + size;
  const special = (at: number, length: number, name: string): void => {
    if (at < 0 || from >= at + length || at >= to) return;
    env.refuse('EACCES', `${name} cannot be accessed directly by load/store`);
  };
  special(map.spinLock, 4, 'bpf_spin_lock');
  special(map.timer, 16, 'bpf_timer');
  special(map.workqueue, 16, 'bpf_wq');
}

function accessMapValue(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size, write, destination } = access;
  warnIfDeleted(env, pointer, r);
  checkLeak(env, access, 'map');
  const map = r.map as ProgramMap;
  checkMapDirection(env, map, off, size, write);
  checkMapValueRegion(env, pointer, off, size, false);
  if (write || destination < 0) return;
  const at = off + toNumber(r.valueLo, r.valueHi);
  if (r.isConstant && readConstant(env, map, at, access)) return;
  env.frame.fresh(destination).setUnknown(!env.bpfCapable);
}

/** The kernel means to read such a map, and does so of arrays with one element only. */
function isConstantMap({ type, frozen, flags }: ProgramMap): boolean {
  return type === MapType.ARRAY && frozen && (flags & MapFlags.RDONLY_PROG) !== 0;
}

/** A load from a frozen array that programs cannot write: its bytes are constants. */
function readConstant(env: Env, map: ProgramMap, at: number, { size, destination, signed }: Access): boolean {
  const { contents } = map;
  if (isConstantMap(map) && map.maxEntries !== 1) env.refuse('ENOTSUPP', '');
  if (!contents || !map.frozen || (map.flags & MapFlags.RDONLY_PROG) === 0 || at + size > contents.length) return false;
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  const target = env.frame.fresh(destination);
  if (size === 8) target.setConstant(view.getInt32(at, true), view.getInt32(at + 4, true));
  else {
    const shift = 32 - size * 8;
    const raw = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getInt32(at, true);
    const word = signed ? (raw << shift) >> shift : raw;
    target.setConstant(word, signed ? word >> 31 : 0);
  }
  return true;
}

function accessContext(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size, write, destination } = access;
  checkLeak(env, access, 'ctx');
  checkUnmodified(env, r, pointer, 'ctx', formatTnum);
  const answer = contextAccess({
    offset: off,
    size,
    write,
    type: env.type,
    attachType: env.input.expectedAttachType ?? 0,
    bpfCapable: env.bpfCapable,
  });
  // A sign-extending load gives a number: fields that yield pointers have none.
  const extended = access.signed && answer !== Kind.SCALAR;
  if (answer === null || extended) env.refuse('EACCES', `invalid bpf_context access off=${off} size=${size}`);
  env.maxContextOffset = Math.max(env.maxContextOffset, off + size);
  if (write || destination < 0) return;
  const target = env.frame.fresh(destination);
  if (answer === Kind.SCALAR) {
    target.setUnknown(!env.bpfCapable);
    return;
  }
  target.setPointer(answer);
  if (mayBeNull(answer)) target.id = env.newId();
}

const READS_PACKET: ReadonlySet<number> = new Set([
  ProgramType.LWT_IN,
  ProgramType.LWT_OUT,
  ProgramType.LWT_SEG6LOCAL,
  ProgramType.SK_REUSEPORT,
  ProgramType.FLOW_DISSECTOR,
  ProgramType.CGROUP_SKB,
]);
const WRITES_PACKET: ReadonlySet<number> = new Set([
  ProgramType.SCHED_CLS,
  ProgramType.SCHED_ACT,
  ProgramType.XDP,
  ProgramType.LWT_XMIT,
  ProgramType.SK_SKB,
  ProgramType.SK_MSG,
]);

export function mayAccessPacket(type: number, write: boolean): boolean {
  return WRITES_PACKET.has(type) || (!write && READS_PACKET.has(type)) || type === ProgramType.CGROUP_SOCKOPT;
}

function accessPacket(env: Env, access: Access, off: number): void {
  if (access.write && !mayAccessPacket(env.type, true)) env.refuse('EACCES', 'cannot write into packet');
  checkLeak(env, access, 'packet');
  checkPacketRegion(env, access.pointer, off, access.size, false);
  fill(env, access);
}

function accessOther(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size, write } = access;
  const kind = kindOf(r.type);
  if (kind === Kind.MEM) {
    accessMemory(env, r, access, off);
  } else if (isSocketKind(r.type)) {
    if (write) env.refuse('EACCES', `R${pointer} cannot write into ${typeName(r.type)}`);
    if (r.sminHi < 0)
      env.refuse(
        'EACCES',
        `R${pointer} min value is negative, either use unsigned index or do a if (index >=0) check.`,
      );
    if (!sockFieldReadable(r.type, off, size)) {
      env.refuse('EACCES', `R${pointer} invalid ${typeName(r.type)} access off=${off} size=${size}`);
    }
    if (isUnconvertible(r.type, off)) env.unconvertible = true;
    fill(env, access);
  } else if (r.type === Kind.FLOW_KEYS) {
    if (off < 0 || off + size > 56) env.refuse('EACCES', `invalid access to flow keys off=${off} size=${size}`);
    fill(env, access);
  } else if (r.type === Kind.TP_BUFFER) {
    if (off < 0) env.refuse('EACCES', `R${pointer} invalid tracepoint buffer access: off=${off}, size=${size}`);
    fill(env, access);
  } else {
    env.refuse('EACCES', `R${pointer} invalid mem access '${typeName(r.type)}'`);
  }
}

function accessMemory(env: Env, r: Register, access: Access, off: number): void {
  const { pointer, size, write } = access;
  if (mayBeNull(r.type)) env.refuse('EACCES', `R${pointer} invalid mem access '${typeName(r.type)}'`);
  const readOnly = (r.type & Flag.RDONLY) !== 0;
  if (write && readOnly) env.refuse('EACCES', `R${pointer} cannot write into ${typeName(r.type)}`);
  checkLeak(env, access, 'mem');
  // The kernel reads untrusted memory with a handler for what is not there.
  if ((r.type & Flag.UNTRUSTED) === 0) checkRegion(env, pointer, off, size, r.memSize >>> 0, false);
  fill(env, access);
}
