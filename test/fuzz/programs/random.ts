/** A seeded source of choices: the same seed gives the same program on every machine. */

const EDGES = [
  0, 1, -1, 2, -2, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, -128, -129, 32_767, 32_768, -32_768, 65_535,
  65_536,
];
const WIDE_EDGES = [0x7fff_ffff, -0x8000_0000, 0x5555_5555, 0x1234_5678, -0x1234_5678, 0x00ff_00ff, 0x0101_0101];

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … 2³²−1 (a Weyl sequence, mixed). */
  u32(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  below(limit: number): number {
    return Math.floor((this.u32() / 2 ** 32) * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.u32() < probability * 2 ** 32;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** A signed 32-bit number, edges often. */
  immediate(): number {
    const kind = this.below(10);
    if (kind < 5) return this.pick(EDGES);
    if (kind < 7) return this.pick(WIDE_EDGES);
    return kind < 8 ? this.between(-100, 100) : this.u32() | 0;
  }

  wide(): bigint {
    const high = this.chance(0.3) ? this.pick([0, -1, 1, 0x7fff_ffff, -0x8000_0000]) : this.u32() | 0;
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(this.immediate() >>> 0));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.u32() & 0xff);
  }
}
