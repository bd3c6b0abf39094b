/**
 * Codecs: how a JavaScript value lies in the bytes of a key or a map value. Little-endian unless the name
 * ends in `be`, aligned as a C compiler for BPF aligns. Encoding writes in place and allocates nothing.
 */
export { bool, i8, i16, i32, i64, number53, u8, u16, u16be, u32, u32be, u64, u64be } from './codecs/integers.js';
export { array, bytes, cstring } from './codecs/sequences.js';
export { struct } from './codecs/struct.js';
export { cidr4, cidr6, type PrefixCodec } from './codecs/addresses/cidr.js';
export { spinLock, type SpinLockCodec } from './codecs/spin-lock.js';
export { PerCpuValues, type SumOf } from './codecs/per-cpu.js';
export {
  type Codec,
  CodecError,
  type CodecMemory,
  codecMemory,
  decode,
  describe,
  encode,
  unknownField,
  type ValueOf,
} from './codecs/codec.js';
