/** Helper arguments, checked one by one against the prototype. */
import { MapFlags, MapType } from '../../../uapi.js';
import type { ArgumentKind } from '../../prototypes/prototype.js';
import type { ProgramMap } from '../../types.js';
import type { Env } from '../env.js';
import * as Id from '../helper-ids.js';
import { formatTnum } from '../log/tnum.js';
import { isReadOnlyForPrograms, checkMapValueRegion, mayAccessPacket } from '../memory/access.js';
import { checkAlignment } from '../memory/alignment.js';
import { constantOffset } from '../memory/stack-access.js';
import { markPrecise, markSlotPrecise } from '../precision/chain.js';
import { Flag, isPacketKind, Kind, typeName } from '../register-kinds.js';
import type { Register } from '../register.js';
import { lessUnsigned, toSigned, toUnsigned } from '../scalar/int64.js';
import { Byte } from '../state.js';
import { checkReadable, checkUnmodified, isPointerForProgram } from '../values.js';
import { checkDynptr, checkReleasable } from './dynptrs.js';
import { checkHelperMemory } from './helper-memory.js';
import { checkTimer, refuseKptr, releaseLock, takeLock } from './locks.js';
import type { Meta } from './meta.js';

const MEMORY = [
  Kind.STACK,
  Kind.PACKET,
  Kind.PACKET_META,
  Kind.MAP_KEY,
  Kind.MAP_VALUE,
  Kind.MEM,
  Kind.MEM | Flag.RINGBUF,
  Kind.BUF,
  Kind.BTF_ID | Flag.TRUSTED,
];

/** Types of registers that an argument takes, in the order that messages list them. */
function compatible(kind: string): readonly number[] {
  switch (kind) {
    case 'map':
      return [Kind.MAP_PTR];
    case 'ctx':
      return [Kind.CTX];
    case 'size':
    case 'size0':
    case 'allocsize':
      return [Kind.SCALAR];
    case 'record':
      return [Kind.MEM | Flag.RINGBUF];
    case 'lock':
      return [Kind.MAP_VALUE, Kind.BTF_ID | Flag.ALLOCATED];
    case 'kptr':
      return [Kind.MAP_VALUE, Kind.BTF_ID];
    case 'timer':
    case 'string':
      return [Kind.MAP_VALUE];
    case 'sockcommon':
      return [Kind.SOCK_COMMON, Kind.SOCKET, Kind.TCP_SOCK, Kind.XDP_SOCK];
    case 'task':
      return [Kind.BTF_ID, Kind.BTF_ID | Flag.TRUSTED, Kind.BTF_ID | Flag.RCU];
    case 'percpu':
      return [0, Flag.RCU, Flag.TRUSTED].map((flag) => Kind.BTF_ID | Flag.PERCPU | flag);
    case 'func':
      return [Kind.FUNC];
    case 'stack':
      return [Kind.STACK];
    case 'sock':
      return [Kind.SOCK_COMMON, Kind.SOCKET, Kind.TCP_SOCK, Kind.XDP_SOCK, Kind.BTF_ID, Kind.BTF_ID | Flag.TRUSTED];
    case 'dynptr':
    case 'enddynptr':
    case 'newdynptr:local':
    case 'newdynptr:ringbuf':
      return [Kind.STACK, Kind.DYNPTR];
    default:
      return MEMORY;
  }
}

/** Kinds that only read, and so take read-only memory. */
const READS: ReadonlySet<string> = new Set(['mem', 'key', 'value', 'read20', 'read40']);
const RELEASES: ReadonlySet<string> = new Set(['record', 'enddynptr']);

export function checkArgument(env: Env, meta: Meta, index: number): void {
  const full = meta.prototype.args[index] as ArgumentKind;
  const number = index + 1;
  checkReadable(env, number);
  const r = env.peek(number);
  if (full === 'any') {
    if (isPointerForProgram(env, r)) env.refuse('EACCES', `R${number} leaks addr into helper function`);
    return;
  }
  if (isPacketKind(r.type) && !(mayAccessPacket(env.type, false) && meta.prototype.packetAccess)) {
    env.refuse('EACCES', 'helper access to the packet is not allowed');
  }
  const nullable = full.endsWith('?');
  const kind = kindFor(env, meta, nullable ? full.slice(0, -1) : full);
  if (!(nullable && r.isNullConstant)) {
    checkType(env, number, r, kind, nullable);
    checkOffset(env, number, r, kind);
  }
  if (RELEASES.has(kind) || (kind === 'sock' && meta.prototype.id === 86)) checkRelease(env, meta, number, r, kind);
  if (r.refObjId !== 0) meta.refObjId = r.refObjId;
  checkByKind(env, meta, index, kind, r, nullable);
}

/** Values of socket maps are sockets. */
function kindFor(env: Env, meta: Meta, kind: string): string {
  const type = meta.map?.type;
  if ((type !== MapType.SOCKMAP && type !== MapType.SOCKHASH) || !kind.endsWith('value')) return kind;
  return kind === 'value' ? 'sock' : env.refuse('EINVAL', 'invalid arg_type for sockmap/sockhash');
}

function checkType(env: Env, number: number, r: Register, kind: string, nullable: boolean): void {
  let { type } = r;
  if (READS.has(kind)) type &= ~Flag.RDONLY;
  if (nullable) type &= ~Flag.MAYBE_NULL;
  const types = compatible(kind);
  if (types.includes(type)) return;
  env.refuse('EACCES', `R${number} type=${typeName(r.type)} expected=${types.map(typeName).join(', ')}`);
}

const FREE_OFFSET: ReadonlySet<number> = new Set([
  Kind.STACK,
  Kind.PACKET,
  Kind.PACKET_META,
  Kind.MAP_KEY,
  Kind.MAP_VALUE,
  Kind.MEM,
  Kind.MEM | Flag.RDONLY,
  Kind.MEM | Flag.RINGBUF,
  Kind.BUF,
  Kind.BUF | Flag.RDONLY,
  Kind.SCALAR,
]);

function checkOffset(env: Env, number: number, r: Register, kind: string): void {
  const name = typeName(r.type);
  if (RELEASES.has(kind) && r.type !== Kind.STACK) {
    if (r.off !== 0) {
      env.refuse('EINVAL', `R${number} must have zero offset when passed to release func or trusted arg to kfunc`);
    }
    checkUnmodified(env, r, number, name, formatTnum);
    return;
  }
  if (FREE_OFFSET.has(r.type)) return;
  checkUnmodified(env, r, number, name, formatTnum, r.type === Kind.BTF_ID);
}

function checkRelease(env: Env, meta: Meta, number: number, r: Register, kind: string): void {
  if (kind === 'enddynptr') checkReleasable(env, number);
  else if (r.refObjId === 0 && !r.isNullConstant) {
    env.refuse('EINVAL', `R${number} must be referenced when passed to release function`);
  }
  meta.releaseRegister = number;
}

function checkByKind(env: Env, meta: Meta, index: number, kind: string, r: Register, nullable: boolean): void {
  const number = index + 1;
  switch (kind) {
    case 'map':
      takeMap(env, meta, r);
      return;
    case 'key':
      checkKey(env, meta, number);
      return;
    case 'value':
    case 'outvalue':
      if (nullable && r.isNullConstant) return;
      checkValue(env, meta, number, kind === 'outvalue');
      return;
    case 'lock':
      if (meta.prototype.id === Id.SPIN_LOCK) takeLock(env, number);
      else releaseLock(env, number);
      return;
    case 'timer':
      checkTimer(env, number, meta);
      return;
    case 'func':
      meta.subprogram = r.subprogram;
      return;
    case 'mem':
    case 'inout':
    case 'out':
      meta.raw = kind === 'out';
      return;
    case 'fixed8':
    case 'fixed4':
      checkFixed(env, meta, number, kind === 'fixed8' ? 8 : 4);
      return;
    case 'read20':
    case 'read40':
      checkHelperMemory(env, number, kind === 'read20' ? 20 : 40, false, false, null);
      return;
    default:
      checkSizesAndOthers(env, meta, index, kind, r);
  }
}

function checkSizesAndOthers(env: Env, meta: Meta, index: number, kind: string, r: Register): void {
  const number = index + 1;
  switch (kind) {
    case 'kptr':
      refuseKptr(env, number, r);
      return;
    case 'size':
    case 'size0':
      checkSize(env, meta, index, r, kind === 'size0');
      return;
    case 'allocsize':
      if (!r.isConstant) env.refuse('EACCES', `R${number} is not a known constant'`);
      meta.memSize = r.valueLo;
      markPrecise(env, number);
      return;
    case 'string':
      checkString(env, number, r);
      return;
    case 'dynptr':
    case 'enddynptr':
    case 'newdynptr:local':
    case 'newdynptr:ringbuf':
      checkDynptr(env, number, kind, meta);
      return;
    default:
  }
}

function takeMap(env: Env, meta: Meta, r: Register): void {
  if (meta.map && (meta.map !== r.map || meta.mapUid !== r.mapUid)) {
    env.refuse(
      'EINVAL',
      `timer pointer in R1 map_uid=${meta.mapUid} doesn't match map pointer in R2 map_uid=${r.mapUid}`,
    );
  }
  meta.map = r.map;
  meta.mapUid = r.mapUid;
}

function checkKey(env: Env, meta: Meta, number: number): void {
  const { map } = meta;
  if (map === null) env.refuse('EACCES', 'invalid map_ptr to access map->key');
  checkHelperMemory(env, number, map.keySize, false, false, null);
  if (map.type === MapType.ARRAY || map.type === MapType.PERCPU_ARRAY) {
    meta.constantKey = constantKey(env, env.peek(number), map);
  }
}

/** A key that is known: a constant in a stack slot of its own, or known zero bytes (SPEC §8.3). */
function constantKey(env: Env, r: Register, map: ProgramMap): number {
  if (!env.bpfCapable || r.type !== Kind.STACK || !r.isConstant) return -1;
  if ((map.flags & MapFlags.INNER_MAP) !== 0) return -1;
  const frame = env.state.frame(r.frame);
  const at = -(r.off + constantOffset(r)) - 1;
  const slot = at >> 3;
  const top = at & 7;
  const run = (kind: number): number => {
    let count = 0;
    for (let i = top; i >= 0 && frame.byte(slot, i) === kind; i--) count++;
    return count;
  };
  if (run(Byte.ZERO) >= map.keySize) return 0;
  if (!frame.isScalarSpill(slot) || run(Byte.SPILL) !== map.keySize) return -1;
  const spill = frame.spill(slot);
  if (!spill.isConstant) return -1;
  markSlotPrecise(env, r.frame, slot);
  return spill.valueHi === 0 ? spill.valueLo >>> 0 : -1;
}

function checkValue(env: Env, meta: Meta, number: number, writes: boolean): void {
  const { map } = meta;
  if (map === null) env.refuse('EACCES', 'invalid map_ptr to access map->value');
  meta.raw = writes;
  checkHelperMemory(env, number, map.valueSize, writes, false, meta);
}

function checkFixed(env: Env, meta: Meta, number: number, size: number): void {
  meta.raw = size === 8;
  checkHelperMemory(env, number, size, true, false, meta);
  checkAlignment(env, env.peek(number), 0, size, true);
}

const WRITTEN: ReadonlySet<string> = new Set(['out', 'out?', 'inout']);

function checkSize(env: Env, meta: Meta, index: number, r: Register, zero: boolean): void {
  const number = index + 1;
  const write = WRITTEN.has(meta.prototype.args[index - 1] as string);
  meta.maxSize = { lo: r.umaxLo, hi: r.umaxHi };
  const raw = r.isConstant ? meta : null;
  if (r.sminHi < 0) env.refuse('EACCES', `R${number} min value is negative, either use unsigned or 'var &= const'`);
  if ((r.uminLo | r.uminHi) === 0 && !zero) {
    const range = `[${toSigned(r.uminLo, r.uminHi)},${toSigned(r.umaxLo, r.umaxHi)}]`;
    env.refuse('EACCES', `R${number} invalid zero-sized read: u64=${range}`);
  }
  if (!lessUnsigned(r.umaxLo, r.umaxHi, 1 << 29, 0)) {
    env.refuse('EACCES', `R${number} unbounded memory access, use 'var &= const' or 'if (var < const)'`);
  }
  checkHelperMemory(env, number - 1, Number(toUnsigned(r.umaxLo, r.umaxHi)), write, zero, raw);
  markPrecise(env, number);
}

function checkString(env: Env, number: number, r: Register): void {
  const map = r.map as ProgramMap;
  if (!(isReadOnlyForPrograms(map) && map.frozen)) env.refuse('EACCES', `R${number} does not point to a readonly map'`);
  if (!r.isConstant) env.refuse('EACCES', `R${number} is not a constant address'`);
  if (map.type !== MapType.ARRAY) env.refuse('EACCES', 'no direct value access support for this map type');
  checkMapValueRegion(env, number, r.off, map.valueSize - r.off, false);
  const start = r.off + constantOffset(r);
  if (map.contents && !map.contents.subarray(start, map.valueSize).includes(0)) {
    env.refuse('EINVAL', 'string is not zero-terminated');
  }
}
