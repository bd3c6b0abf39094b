/**
 * Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4): a table from hash values to backends in which every
 * backend has nearly the same share, and in which few entries change when a backend comes or goes.
 */

/** Entry of a table without backends. */
export const NO_BACKEND = 0xffff_ffff;

/**
 * The table of `size` entries, a prime, over the given backends; each entry is one of the numbers in `backends`.
 * The order of `backends` does not matter. Throws RangeError for a size that is not prime or too small.
 */
export function maglevTable(backends: readonly number[], size: number): Uint32Array {
  const table = new Uint32Array(size).fill(NO_BACKEND);
  checkSize(size, backends.length);
  if (backends.length === 0) return table;
  const ordered = Uint32Array.from(backends).sort();
  const next = ordered.map((backend) => mix(backend, OFFSET_SEED) % size);
  const skip = ordered.map((backend) => (mix(backend, SKIP_SEED) % (size - 1)) + 1);
  // Every backend in turn takes the first free entry of its own permutation of all entries.
  for (let filled = 0, turn = 0; filled < size; filled++, turn = turn + 1 < ordered.length ? turn + 1 : 0) {
    const step = skip[turn] as number;
    let entry = next[turn] as number;
    while (table[entry] !== NO_BACKEND) entry = entry + step >= size ? entry + step - size : entry + step;
    table[entry] = ordered[turn] as number;
    next[turn] = entry + step >= size ? entry + step - size : entry + step;
  }
  return table;
}

/** Whether `size` can be the size of a table: steps of any length must reach every entry. */
export function isPrime(size: number): boolean {
  if (!Number.isInteger(size) || size < 2) return false;
  for (let divisor = 2; divisor * divisor <= size; divisor++) if (size % divisor === 0) return false;
  return true;
}

const OFFSET_SEED = 0x9e3779b1;
const SKIP_SEED = 0x85ebca6b;

function checkSize(size: number, backends: number): void {
  if (!isPrime(size)) throw new RangeError(`size of a Maglev table: given ${size}, expected a prime`);
  if (backends > size) throw new RangeError(`size of a Maglev table: given ${size} for ${backends} backends`);
}

/** Two rounds of multiply and xor-shift: neighbouring numbers give unrelated values. */
function mix(value: number, seed: number): number {
  let hash = Math.imul(value ^ seed, 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x297a2d39);
  hash ^= hash >>> 14;
  return hash >>> 0;
}
