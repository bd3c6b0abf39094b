/** Operands at the edges of every width. */
export const WIDE: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0x8000_0001n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0001n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_7fff_ffffn,
  0xffff_ffff_ffff_ff80n,
  0xffff_ffff_ffff_8000n,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_ffff_ffffn,
  0x0123_4567_89ab_cdefn,
  0x8081_8283_8485_8687n,
  31n,
  32n,
  33n,
  63n,
  64n,
  65n,
];

/** Immediates, signed. */
export const IMMEDIATES: readonly number[] = [
  0, 1, 2, 3, 7, -1, -2, -8, 31, 32, 0x7f, 0x80, -0x80, 0xff, 0x7fff, 0x8000, -0x8000, 0xffff, 0x7fff_ffff,
  -0x8000_0000, 0x1234_5678,
];

export const U64 = (value: bigint): bigint => BigInt.asUintN(64, value);
