/**
 * Codecs: how a JavaScript value lies in the bytes of a key or a map value. Little-endian unless the name
 * ends in `be`, aligned as a C compiler for BPF aligns. Encoding writes in place and allocates nothing.
 */
export { bool, i8, i16, i32, i64, number53, u8, u16, u16be, u32, u32be, u64, u64be } from './codecs/integers.js';
export { array, bytes, cstring } from './codecs/sequences.js';
export { struct } from './codecs/struct.js';
export { type Codec, CodecError, type CodecMemory, codecMemory, decode, describe, encode, type ValueOf } from './codecs/codec.js';
