/**
 * What RFC 9669 says instructions compute, on unsigned 64-bit BigInts. Written from the RFC's tables, apart from the
 * compiler and the interpreter, with names of its own for the operations.
 */

export type AluName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'sdiv'
  | 'mod'
  | 'smod'
  | 'or'
  | 'and'
  | 'xor'
  | 'lsh'
  | 'rsh'
  | 'arsh'
  | 'mov'
  | 'neg';

const mask = (bits: number, value: bigint): bigint => BigInt.asUintN(bits, value);
const signed = (bits: number, value: bigint): bigint => BigInt.asIntN(bits, value);

/** Section 4.1. `bits` is 64 or 32; on 32 bits operands are cut first and the upper half of the result is zero. */
export function alu(name: AluName, bits: 32 | 64, left: bigint, right: bigint): bigint {
  const a = mask(bits, left);
  const b = mask(bits, right);
  const count = b & BigInt(bits - 1);
  switch (name) {
    case 'add':
      return mask(bits, a + b);
    case 'sub':
      return mask(bits, a - b);
    case 'mul':
      return mask(bits, a * b);
    case 'div':
      return b === 0n ? 0n : a / b;
    case 'sdiv':
      return b === 0n ? 0n : mask(bits, signed(bits, a) / signed(bits, b));
    case 'mod':
      return b === 0n ? a : a % b;
    case 'smod':
      return b === 0n ? a : mask(bits, signed(bits, a) % signed(bits, b));
    case 'or':
      return a | b;
    case 'and':
      return a & b;
    case 'xor':
      return a ^ b;
    case 'lsh':
      return mask(bits, a << count);
    case 'rsh':
      return a >> count;
    case 'arsh':
      return mask(bits, signed(bits, a) >> count);
    case 'mov':
      return b;
    case 'neg':
      return mask(bits, -a);
  }
}

/** MOVSX: sign-extend the low `from` bits to `bits`, then zero-extend to 64. */
export function moveSigned(bits: 32 | 64, from: number, value: bigint): bigint {
  return mask(bits, signed(from, value));
}

/** Section 4.2: the low `width` bits in little-endian order (as they are), or with their bytes turned around. */
export function byteOrder(swap: boolean, width: number, value: bigint): bigint {
  const cut = mask(width, value);
  if (!swap) return cut;
  let turned = 0n;
  for (let at = 0; at < width; at += 8) turned = (turned << 8n) | ((cut >> BigInt(at)) & 0xffn);
  return turned;
}

export type JumpName = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'set' | 'sgt' | 'sge' | 'slt' | 'sle';

/** Section 4.3. */
export function jumps(name: JumpName, bits: 32 | 64, left: bigint, right: bigint): boolean {
  const [a, b] = [mask(bits, left), mask(bits, right)];
  const [sa, sb] = [signed(bits, left), signed(bits, right)];
  switch (name) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'set':
      return (a & b) !== 0n;
    case 'sgt':
      return sa > sb;
    case 'sge':
      return sa >= sb;
    case 'slt':
      return sa < sb;
    case 'sle':
      return sa <= sb;
  }
}

export type AtomicName = 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg';

/** Section 5.3: what memory holds afterwards. `compare` is R0. */
export function atomic(name: AtomicName, bits: 32 | 64, old: bigint, source: bigint, compare: bigint): bigint {
  const [a, b] = [mask(bits, old), mask(bits, source)];
  switch (name) {
    case 'add':
      return mask(bits, a + b);
    case 'or':
      return a | b;
    case 'and':
      return a & b;
    case 'xor':
      return a ^ b;
    case 'xchg':
      return b;
    case 'cmpxchg':
      return a === mask(bits, compare) ? b : a;
  }
}

/** Little-endian number of `bytes` bytes. */
export function read(memory: Uint8Array, at: number, bytes: number): bigint {
  let value = 0n;
  for (let index = bytes - 1; index >= 0; index--) value = (value << 8n) | BigInt(memory[at + index] as number);
  return value;
}

export function write(memory: Uint8Array, at: number, bytes: number, value: bigint): void {
  for (let index = 0; index < bytes; index++) memory[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
}
