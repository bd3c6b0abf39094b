/** Memory that a helper reads or writes through an argument. */
import type { ProgramMap } from '../../types.js';
import { ProgramType } from '../../../uapi.js';
import type { Env } from '../env.js';
import { checkMapDirection, checkMapValueRegion, checkMemory } from '../memory/access.js';
import { checkPacketRegion, checkRegion } from '../memory/bounds.js';
import { checkStackRange, type RawAccess } from '../memory/stack-access.js';
import { Flag, Kind, kindOf, typeName } from '../register-kinds.js';
import type { Register } from '../register.js';

export function checkHelperMemory(
  env: Env,
  number: number,
  size: number,
  write: boolean,
  zero: boolean,
  raw: RawAccess | null,
): void {
  const r = env.peek(number);
  switch (kindOf(r.type)) {
    case Kind.PACKET:
    case Kind.PACKET_META:
      checkPacketRegion(env, number, r.off, size, zero);
      return;
    case Kind.MAP_KEY:
      if (write) env.refuse('EACCES', `R${number} cannot write into ${typeName(r.type)}`);
      checkRegion(env, number, r.off, size, r.map?.keySize ?? 0, false);
      return;
    case Kind.MAP_VALUE:
      if (r.type !== Kind.MAP_VALUE) break;
      checkMapDirection(env, r.map as ProgramMap, r.off, size, write);
      checkMapValueRegion(env, number, r.off, size, zero);
      return;
    case Kind.MEM:
      if ((r.type & Flag.MAYBE_NULL) !== 0) break;
      if (write && (r.type & Flag.RDONLY) !== 0)
        env.refuse('EACCES', `R${number} cannot write into ${typeName(r.type)}`);
      checkRegion(env, number, r.off, size, r.memSize >>> 0, zero);
      return;
    case Kind.STACK:
      checkStackRange(env, number, r.off, size, zero, write, raw);
      return;
    case Kind.CTX:
      if (env.type !== ProgramType.SYSCALL) break;
      checkContextMemory(env, number, size, write, zero);
      return;
    default:
  }
  refuseType(env, number, r, size, zero);
}

function checkContextMemory(env: Env, number: number, size: number, write: boolean, zero: boolean): void {
  if (size === 0) {
    if (!zero) env.refuse('EACCES', '');
    return;
  }
  const last = {
    pointer: number,
    off: size - 1,
    size: 1,
    write,
    destination: -1,
    value: null,
    aligned: false,
    signed: false,
  };
  checkMemory(env, last);
}

function refuseType(env: Env, number: number, r: Register, size: number, zero: boolean): void {
  if (zero && size === 0 && r.isNullConstant) return;
  env.refuse('EACCES', `R${number} type=${typeName(r.type)} expected=fp`);
}
