/** Seeds of hash functions. Attackers must not be able to choose keys that share a bucket. */

/** Asking the system costs more than all the rest of a map's creation, so that many are drawn at once. */
const drawn = new Uint32Array(256);
let left = 0;

export function randomSeed(): number {
  if (left === 0) {
    crypto.getRandomValues(drawn);
    left = drawn.length;
  }
  left--;
  const seed = drawn[left] as number;
  // No seed is left behind for who might read this memory later.
  drawn[left] = 0;
  return seed;
}
