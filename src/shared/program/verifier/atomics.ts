/** Atomic read-modify-write, load-acquire and store-release. */
import { Atomic, sizeBytes } from '../insn/opcodes.js';
import type { Env } from './env.js';
import { checkMemory } from './memory/access.js';
import { isPacketKind, isSocketKind, Kind, typeName } from './register-kinds.js';
import { checkReadable, checkWritable, isPointerForProgram, overwrite } from './values.js';
import { notePointer } from './pointer-type.js';

const LOAD_ACQUIRE = 0x100;
const STORE_RELEASE = 0x110;

const MODIFY: ReadonlySet<number> = new Set([
  Atomic.ADD,
  Atomic.ADD | Atomic.FETCH,
  Atomic.AND,
  Atomic.AND | Atomic.FETCH,
  Atomic.OR,
  Atomic.OR | Atomic.FETCH,
  Atomic.XOR,
  Atomic.XOR | Atomic.FETCH,
  Atomic.XCHG,
  Atomic.CMPXCHG,
]);

export function checkAtomic(env: Env, slot: number): void {
  const { slots } = env;
  const imm = slots.value(slot);
  const size = sizeBytes(slots.op(slot));
  if (MODIFY.has(imm)) checkModify(env, slot, imm, size);
  else if (imm === LOAD_ACQUIRE) checkLoadAcquire(env, slot, size);
  else if (imm === STORE_RELEASE) checkStoreRelease(env, slot, size);
  else env.refuse('EINVAL', `BPF_ATOMIC uses invalid atomic opcode ${(imm >>> 0).toString(16).padStart(2, '0')}`);
}

/** Memory that cannot be changed atomically, whatever else may be done to it. */
function refusesAtomics(type: number): boolean {
  return type === Kind.CTX || isPacketKind(type) || type === Kind.FLOW_KEYS || isSocketKind(type);
}

function checkTarget(env: Env, number: number): void {
  const { type } = env.peek(number);
  if (refusesAtomics(type)) env.refuse('EACCES', `BPF_ATOMIC stores into R${number} ${typeName(type)} is not allowed`);
}

function checkModify(env: Env, slot: number, imm: number, size: number): void {
  const { slots } = env;
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const off = slots.off(slot);
  if (size !== 4 && size !== 8) env.refuse('EINVAL', 'invalid atomic operand size');
  checkReadable(env, src);
  checkReadable(env, dst);
  if (imm === Atomic.CMPXCHG) {
    checkReadable(env, 0);
    if (isPointerForProgram(env, env.peek(0))) env.refuse('EACCES', 'R0 leaks addr into mem');
  }
  if (isPointerForProgram(env, env.peek(src))) env.refuse('EACCES', `R${src} leaks addr into mem`);
  checkTarget(env, dst);
  let destination = -1;
  if ((imm & Atomic.FETCH) !== 0) {
    destination = imm === Atomic.CMPXCHG ? 0 : src;
    overwrite(env, destination);
  }
  const access = { pointer: dst, off, size, aligned: true, signed: false, value: null };
  checkMemory(env, { ...access, write: false, destination: -1 });
  if (destination >= 0) checkMemory(env, { ...access, write: false, destination });
  checkMemory(env, { ...access, write: true, destination: -1 });
}

function checkLoadAcquire(env: Env, slot: number, size: number): void {
  const { slots } = env;
  const src = slots.from(slot);
  checkLoad(env, slot, slots.to(slot), src, size, true, false);
  const { type } = env.peek(src);
  if (refusesAtomics(type)) env.refuse('EACCES', `BPF_ATOMIC loads from R${src} ${typeName(type)} is not allowed`);
}

function checkStoreRelease(env: Env, slot: number, size: number): void {
  checkStore(env, slot, size, true);
  checkTarget(env, env.slots.to(slot));
}

/** A load into `dst`, plain or atomic. */
export function checkLoad(
  env: Env,
  slot: number,
  dst: number,
  src: number,
  size: number,
  aligned: boolean,
  signed: boolean,
): void {
  checkReadable(env, src);
  checkWritable(env, dst);
  const { type } = env.peek(src);
  const off = env.slots.off(slot);
  checkMemory(env, { pointer: src, off, size, write: false, destination: dst, value: null, aligned, signed });
  notePointer(env, slot, type);
}

/** A store of a register, plain or atomic. */
export function checkStore(env: Env, slot: number, size: number, aligned: boolean): void {
  const { slots } = env;
  const src = slots.from(slot);
  const dst = slots.to(slot);
  checkReadable(env, src);
  checkReadable(env, dst);
  const { type } = env.peek(dst);
  const value = { register: src };
  const off = slots.off(slot);
  checkMemory(env, { pointer: dst, off, size, write: true, destination: -1, value, aligned, signed: false });
  notePointer(env, slot, type);
}
