/**
 * The hash of SPEC §9.1: Bob Jenkins's lookup3 (public domain), as the kernel uses it. The order of a hash map with
 * ZERO_SEED and the bits of a Bloom filter are visible from outside, so this function is fixed.
 */

const START: u32 = 0xdeadbeef;

/** Hash of `length` bytes at `key`. */
export function lookup3(key: usize, length: u32, seed: u32): u32 {
  let a = START + length + seed;
  let b = a;
  let c = a;
  let at = key;
  let left = length;
  while (left > 12) {
    a += load<u32>(at);
    b += load<u32>(at, 4);
    c += load<u32>(at, 8);
    a -= c; a ^= rotl<u32>(c, 4); c += b;
    b -= a; b ^= rotl<u32>(a, 6); a += c;
    c -= b; c ^= rotl<u32>(b, 8); b += a;
    a -= c; a ^= rotl<u32>(c, 16); c += b;
    b -= a; b ^= rotl<u32>(a, 19); a += c;
    c -= b; c ^= rotl<u32>(b, 4); b += a;
    at += 12;
    left -= 12;
  }
  if (left == 0) return c;
  a += wordAt(at, left);
  if (left > 4) b += wordAt(at + 4, left - 4);
  if (left > 8) c += wordAt(at + 8, left - 8);
  c ^= b; c -= rotl<u32>(b, 14);
  a ^= c; a -= rotl<u32>(c, 11);
  b ^= a; b -= rotl<u32>(a, 25);
  c ^= b; c -= rotl<u32>(b, 16);
  a ^= c; a -= rotl<u32>(c, 4);
  b ^= a; b -= rotl<u32>(a, 14);
  c ^= b; c -= rotl<u32>(b, 24);
  return c;
}

/** Up to four bytes, little-endian, the missing ones zero. */
function wordAt(at: usize, left: u32): u32 {
  if (left >= 4) return load<u32>(at);
  let word: u32 = load<u8>(at);
  if (left > 1) word |= <u32>load<u8>(at, 1) << 8;
  if (left > 2) word |= <u32>load<u8>(at, 2) << 16;
  return word;
}
