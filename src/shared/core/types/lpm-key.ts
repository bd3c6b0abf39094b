/** Keys of LPM_TRIE: a u32 prefix length in native order, then data whose bit 0 is the top bit of the first byte. */
import { MAP_KEY_SIZE } from '../layout';

const DATA: usize = 4;

export function prefixOf(key: usize): u32 {
  return load<u32>(key);
}

export function maxPrefix(map: usize): u32 {
  return (load<u32>(map + MAP_KEY_SIZE) - 4) * 8;
}

/** The first four data bytes, bit 0 on top. */
export function dataWord(key: usize): u32 {
  return bswap<u32>(load<u32>(key + DATA));
}

export function bitAt(key: usize, index: u32): u32 {
  return (<u32>load<u8>(key + DATA + (index >> 3)) >> (7 - (index & 7))) & 1;
}

/** How many of the first `most` bits are equal. Reads no byte behind these bits. */
export function commonBits(a: usize, b: usize, most: u32): u32 {
  let bits: u32 = 0;
  while (bits + 32 <= most) {
    const difference = load<u32>(a + DATA + (bits >> 3)) ^ load<u32>(b + DATA + (bits >> 3));
    if (difference != 0) return bits + leadingEqual(bswap<u32>(difference));
    bits += 32;
  }
  while (bits < most) {
    const difference = <u32>load<u8>(a + DATA + (bits >> 3)) ^ <u32>load<u8>(b + DATA + (bits >> 3));
    if (difference != 0) return min(most, bits + leadingEqual(difference << 24));
    bits += 8;
  }
  return most;
}

function leadingEqual(difference: u32): u32 {
  return <u32>clz<u32>(difference);
}
