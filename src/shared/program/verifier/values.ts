/** Small questions about values that several passes ask. */
import type { Env } from './env.js';
import { Kind, kindOf } from './register-kinds.js';
import { LINK_CONSTANT, type Register } from './register.js';
import { bitLength } from './scalar/int64.js';
import type { Frame } from './state.js';

export function isPointer(r: Register): boolean {
  return r.type !== Kind.SCALAR && r.type !== Kind.NOT_INIT;
}

/** A pointer whose value the program must not learn. */
export function isPointerForProgram(env: Env, r: Register): boolean {
  return !env.allowPointerLeaks && isPointer(r);
}

/** Bits that the largest possible value takes. */
export function widthOf(r: Register): number {
  return bitLength(r.umaxLo, r.umaxHi);
}

const SPILLABLE: ReadonlySet<number> = new Set([
  Kind.MAP_VALUE,
  Kind.STACK,
  Kind.CTX,
  Kind.PACKET,
  Kind.PACKET_META,
  Kind.PACKET_END,
  Kind.FLOW_KEYS,
  Kind.MAP_PTR,
  Kind.SOCKET,
  Kind.SOCK_COMMON,
  Kind.TCP_SOCK,
  Kind.XDP_SOCK,
  Kind.BTF_ID,
  Kind.BUF,
  Kind.MEM,
  Kind.FUNC,
  Kind.MAP_KEY,
  Kind.ARENA,
]);

export function isSpillable(type: number): boolean {
  return SPILLABLE.has(kindOf(type));
}

/** A scalar gets an identity before it is copied, so that what is learnt of one is learnt of the other. */
export function assignScalarId(env: Env, r: Register): void {
  if (r.type !== Kind.SCALAR) return;
  if ((r.id & LINK_CONSTANT) !== 0) {
    r.id = 0;
    r.off = 0;
  }
  if (r.id === 0 && !r.isConstant) r.id = env.newId();
}

/** A register that is about to be copied: a scalar has an identity. */
export function identified(env: Env, number: number): Register {
  const r = env.peek(number);
  if (!lacksId(r)) return r;
  const own = env.register(number);
  assignScalarId(env, own);
  return own;
}

/** As identified, of a register that is spilled. */
export function identifiedSpill(env: Env, frame: Frame, slot: number): Register {
  const r = frame.peekSpill(slot);
  if (!lacksId(r)) return r;
  const own = frame.spill(slot);
  assignScalarId(env, own);
  return own;
}

/** Whether assignScalarId would change it. */
function lacksId(r: Register): boolean {
  if (r.type !== Kind.SCALAR) return false;
  return (r.id & LINK_CONSTANT) !== 0 || (r.id === 0 && !r.isConstant);
}

/** The register must hold something. */
export function checkReadable(env: Env, number: number): void {
  if (number > 10) env.refuse('EINVAL', `R${number} is invalid`);
  env.touch(number);
  if (env.peek(number).type === Kind.NOT_INIT) env.refuse('EACCES', `R${number} !read_ok`);
}

/** The register may be written. */
export function checkWritable(env: Env, number: number): void {
  if (number > 10) env.refuse('EINVAL', `R${number} is invalid`);
  env.touch(number);
  if (number === 10) env.refuse('EACCES', 'frame pointer is read only');
}

/** As checkWritable; the value becomes unknown. */
export function overwrite(env: Env, number: number): void {
  checkWritable(env, number);
  env.frame.fresh(number).setUnknown(!env.bpfCapable);
}

/** The pointer is as it was given: no offset. */
export function checkUnmodified(
  env: Env,
  r: Register,
  number: number,
  name: string,
  format: (r: Register) => string,
  fixedOk = false,
): void {
  if (r.off < 0) env.refuse('EACCES', `negative offset ${name} ptr R${number} off=${r.off} disallowed`);
  if (!fixedOk && r.off !== 0) {
    env.refuse('EACCES', `dereference of modified ${name} ptr R${number} off=${r.off} disallowed`);
  }
  if (!r.isConstant || (r.valueLo | r.valueHi) !== 0) {
    env.refuse('EACCES', `variable ${name} access var_off=${format(r)} disallowed`);
  }
}
