/** A call of a helper: may it be called, are its arguments right, and what is known afterwards. */
import { MapFlags, MapType, ProgramType } from '../../../uapi.js';
import { prototypeOf } from '../../helpers.js';
import { mayCall } from '../../prototypes/availability.js';
import type { Prototype } from '../../prototypes/prototype.js';
import type { ProgramMap } from '../../types.js';
import type { Env } from '../env.js';
import * as Id from '../helper-ids.js';
import { checkMemory, isReadOnlyForPrograms } from '../memory/access.js';
import { acquireReference, checkNothingHeld, releaseReference } from '../references.js';
import { Flag, Kind, mayBeNull, typeName } from '../register-kinds.js';
import { syncBounds } from '../scalar/bounds.js';
import { checkArgument } from './arguments.js';
import { followCallbacks } from './callbacks.js';
import { endDynptr } from './dynptrs.js';
import { checkMapHelper } from './map-rules.js';
import { keyPlace, noteDeletion } from '../warnings.js';
import { type Meta, newMeta } from './meta.js';
import { clearPacketPointers } from './packets.js';
import { checkFormat } from './snprintf.js';
import { clearCallerSaved } from './subprogram.js';

export function checkHelperCall(env: Env, slot: number): void {
  const prototype = callable(env, env.slots.value(slot));
  const meta = newMeta(prototype);
  const place = keyPlace(env);
  for (let i = 0; i < prototype.args.length; i++) checkArgument(env, meta, i);
  checkWritingHelper(env, meta);
  noteCallSite(env, slot, meta);
  for (let i = 0; i < meta.accessSize; i++) {
    checkMemory(env, {
      pointer: meta.register,
      off: i,
      size: 1,
      write: true,
      destination: -1,
      value: null,
      aligned: false,
      signed: false,
    });
  }
  release(env, meta);
  if (prototype.id === Id.TAIL_CALL) checkNothingHeld(env, true, 'tail_call');
  if (prototype.id === Id.SNPRINTF) checkFormat(env);
  if (prototype.id === Id.DYNPTR_FROM_MEM && env.peek(1).type !== Kind.MAP_VALUE) {
    env.refuse('EACCES', `Unsupported reg type ${typeName(env.peek(1).type)} for bpf_dynptr_from_mem data`);
  }
  if (prototype.id === Id.GET_LOCAL_STORAGE && !env.peek(2).isNullConstant) {
    env.refuse('EINVAL', "get_local_storage() doesn't support non-zero flags");
  }
  followCallbacks(env, meta);
  clearCallerSaved(env);
  setResult(env, meta);
  noteDeletion(env, meta, place);
  checkMapHelper(env, meta.map, prototype.id, prototype.name);
  if (prototype.id === Id.GET_FUNC_IP && env.type !== ProgramType.KPROBE) {
    env.refuse('ENOTSUPP', `func ${prototype.name}#${prototype.id} not supported for program type ${env.type}`);
  }
  if (prototype.changesPacket) clearPacketPointers(env);
}

function callable(env: Env, id: number): Prototype {
  const prototype = prototypeOf(id);
  if (id === 0) env.refuse('EINVAL', 'program of this type cannot use helper bpf_unspec#0');
  if (prototype === undefined) return env.refuse('EINVAL', `invalid func unknown#${id}`);
  if (!mayCall(env.type, id, env.bpfCapable, env.allowPointerLeaks)) {
    env.refuse('EINVAL', `program of this type cannot use helper ${prototype.name}#${id}`);
  }
  if (prototype.gplOnly && !env.input.gpl) {
    env.refuse('EINVAL', 'cannot call GPL-restricted function from non-GPL compatible program');
  }
  if (prototype.mightSleep && !env.isSleepable) {
    env.refuse('EINVAL', 'helper call might sleep in a non-sleepable prog');
  }
  if (!prototype.modelled) env.refuse('ENOTSUPP', `${prototype.name}#${id} exists in the kernel and not here`);
  return prototype;
}

const WRITING: ReadonlySet<number> = new Set([Id.MAP_UPDATE, Id.MAP_DELETE, Id.MAP_PUSH, Id.MAP_POP]);

function checkWritingHelper(env: Env, meta: Meta): void {
  const { map, prototype } = meta;
  if (prototype.id === Id.TAIL_CALL && map?.type !== MapType.PROG_ARRAY) {
    env.refuse('EINVAL', 'expected prog array map for tail call');
  }
  if (map && WRITING.has(prototype.id) && isReadOnlyForPrograms(map)) env.refuse('EACCES', 'write into map forbidden');
}

/** Several maps at one call site: the compiler must ask at run time. */
function noteCallSite(env: Env, slot: number, { map }: Meta): void {
  if (map === null) return;
  const site = env.callSites.get(slot);
  if (site === undefined) env.callSites.set(slot, { map, poisoned: false });
  else if (site.map !== map) site.poisoned = true;
}

function release(env: Env, meta: Meta): void {
  const number = meta.releaseRegister;
  if (number === 0) return;
  const { id } = meta.prototype;
  if (id === Id.RINGBUF_SUBMIT_DYNPTR || id === Id.RINGBUF_DISCARD_DYNPTR) {
    endDynptr(env, number);
    return;
  }
  if (meta.refObjId !== 0 ? releaseReference(env, meta.refObjId) : env.register(number).isNullConstant) return;
  env.refuse('EINVAL', `func ${meta.prototype.name}#${id} reference has not been acquired before`);
}

function setResult(env: Env, meta: Meta): void {
  const r0 = env.register(0);
  const { prototype } = meta;
  switch (prototype.returns) {
    case 'void':
      return;
    case 'int':
      r0.setUnknown(!env.bpfCapable);
      refineResult(env, meta);
      return;
    case 'value':
    case 'value?':
      setValue(env, meta);
      break;
    case 'record?':
      r0.setPointer(Kind.MEM | Flag.RINGBUF | Flag.MAYBE_NULL);
      r0.memSize = meta.memSize;
      break;
    case 'slice?':
      setSlice(env, meta);
      break;
    case 'sock?':
      r0.setPointer(Kind.SOCKET | Flag.MAYBE_NULL);
      break;
    case 'sock_common?':
      r0.setPointer(Kind.SOCK_COMMON | Flag.MAYBE_NULL);
      break;
    case 'btf?':
      r0.setPointer(Kind.BTF_ID | Flag.MAYBE_NULL);
      break;
    case 'task':
      r0.setPointer(Kind.BTF_ID | Flag.TRUSTED);
      break;
    default:
      r0.setPointer(Kind.TCP_SOCK | Flag.MAYBE_NULL);
  }
  if (mayBeNull(r0.type)) r0.id = env.newId();
  if (prototype.casts) r0.refObjId = meta.refObjId;
  const sockets = meta.map?.type === MapType.SOCKMAP || meta.map?.type === MapType.SOCKHASH;
  if (prototype.acquires || (prototype.id === Id.MAP_LOOKUP && sockets)) {
    r0.id = acquireReference(env);
    r0.refObjId = r0.id;
  }
}

function setValue(env: Env, meta: Meta): void {
  const r0 = env.register(0);
  const map = meta.map as ProgramMap;
  const known = meta.prototype.returns === 'value' || isSurelyFound(meta, map);
  r0.setPointer(Kind.MAP_VALUE | (known ? 0 : Flag.MAYBE_NULL));
  r0.map = map;
  r0.mapUid = meta.mapUid;
  if (known && map.spinLock >= 0) r0.id = env.newId();
}

/** A constant key below an array's size. */
function isSurelyFound(meta: Meta, map: ProgramMap): boolean {
  return (
    meta.prototype.id === Id.MAP_LOOKUP &&
    meta.constantKey >= 0 &&
    meta.constantKey < map.maxEntries &&
    (map.flags & MapFlags.INNER_MAP) === 0
  );
}

function setSlice(env: Env, meta: Meta): void {
  const r0 = env.register(0);
  r0.setPointer(Kind.MEM | Flag.MAYBE_NULL);
  r0.memSize = meta.memSize;
  r0.range = meta.dynptrId;
  r0.refObjId = meta.refObjId;
}

const SIZED_RESULT: ReadonlySet<number> = new Set([45, 67, 114, 115, 141]);
const MAX_ERRNO = 4095;
/** Possible CPUs of the runtime that programs are verified for. */
const CPUS = 2;

function refineResult(env: Env, meta: Meta): void {
  const r0 = env.register(0);
  const { id } = meta.prototype;
  if (SIZED_RESULT.has(id)) {
    r0.smaxLo = meta.maxSize.lo;
    r0.smaxHi = meta.maxSize.hi;
    r0.s32max = meta.maxSize.lo;
    r0.sminLo = r0.s32min = -MAX_ERRNO;
    r0.sminHi = -1;
    syncBounds(r0);
  } else if (id === 8) {
    const max = (env.input.cpus ?? CPUS) - 1;
    r0.umaxLo = r0.u32max = r0.smaxLo = r0.s32max = max;
    r0.umaxHi = r0.smaxHi = 0;
    r0.sminLo = r0.sminHi = r0.s32min = 0;
    syncBounds(r0);
  }
}
