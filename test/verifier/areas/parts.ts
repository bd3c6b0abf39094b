/** Pieces of assembly that many cases are made of. */
import type { Case } from './case.js';

export const END = 'r0 = 0\nexit\n';

/** A case of a grid, which adds what its cases have in common. */
export type Small = Partial<Case> & { name: string; code: string };

/** Code that goes on to, or jumps to, the end at `out`. */
export const one = (name: string, code: string, more: Partial<Case> = {}): Small => ({
  name,
  code: `${code}\nout:\n${END}`,
  ...more,
});

/** The register points into the stack. */
export const fp = (register: string, offset: number): string => `${register} = r10\n${register} += ${offset}\n`;

/** r6 = a value of the map. */
export const value = (map: string, size = 4, key = 7): string =>
  `*(u${size * 8} *)(r10 - ${size}) = ${key}\n${fp('r2', -size)}r1 = map[${map}] ll\ncall map_lookup_elem\nif r0 == 0 goto out\nr6 = r0\n`;
