import type { Kernel } from '../kernel.js';

/** What the inner maps of an outer map are like. Numbers are those of MAP_CREATE. */
export interface InnerTemplate {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}

/** The copy that the outer map keeps; undefined for a map of another type. Throws BpfError for a wrong descriptor. */
export function templateOf(kernel: Kernel, fd: number): InnerTemplate | undefined {
  const { template } = kernel.mapFile(fd, 'templateOf').map;
  if (template === undefined) return undefined;
  const { type, keySize, valueSize, maxEntries, flags } = template;
  return { type, keySize, valueSize, maxEntries, flags };
}
