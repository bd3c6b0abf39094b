/**
 * The memory that a program may touch at a moment: the stacks of its live frames, its context, its packet, and what
 * helpers gave it (map values, ring-buffer records). Every load, store and helper argument is looked up here.
 */

export interface Region {
  readonly start: number;
  readonly size: number;
  /** For messages: `stack of frame 1`, `value of map "counts"`. */
  readonly label: string;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Granted regions are found by the 4 KiB pages that they lie in. */
const PAGE_SHIFT = 12;

export class Regions {
  /** Few, and asked for first: stacks, context. The packet is asked for through `packet`. */
  readonly #fixed: Region[] = [];
  readonly #granted = new Map<number, Region>();
  readonly #pages = new Map<number, Set<Region>>();
  /** Where the packet lies now, or null when the program has none. */
  packet: () => Region | null = () => null;

  push(region: Region): void {
    this.#fixed.push(region);
  }

  pop(): void {
    this.#fixed.pop();
  }

  /** A helper handed this memory out. The same start again replaces what was there, if it is not smaller. */
  grant(region: Region): void {
    const before = this.#granted.get(region.start);
    if (before !== undefined) {
      if (before.size >= region.size && before.label === region.label) return;
      this.revoke(region.start);
    }
    this.#granted.set(region.start, region);
    for (const page of pagesOf(region)) {
      const regions = this.#pages.get(page);
      if (regions === undefined) this.#pages.set(page, new Set([region]));
      else regions.add(region);
    }
  }

  /** The memory that began here is the program's no more. Returns whether it was. */
  revoke(start: number): boolean {
    const region = this.#granted.get(start);
    if (region === undefined) return false;
    this.#granted.delete(start);
    for (const page of pagesOf(region)) this.#pages.get(page)?.delete(region);
    return true;
  }

  /** The region that holds all of [start, start + size), or undefined. */
  find(start: number, size: number): Region | undefined {
    const holds = (region: Region) => start >= region.start && start + size <= region.start + region.size;
    for (let index = this.#fixed.length - 1; index >= 0; index--) {
      const region = this.#fixed[index] as Region;
      if (holds(region)) return region;
    }
    const packet = this.packet();
    if (packet !== null && holds(packet)) return packet;
    for (const region of this.#pages.get(start >>> PAGE_SHIFT) ?? []) if (holds(region)) return region;
    return undefined;
  }

  /** In words, which region lies nearest to an address. */
  nearest(address: number): string {
    const packet = this.packet();
    const all = [...this.#fixed, ...(packet === null ? [] : [packet]), ...this.#granted.values()];
    let best: Region | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const region of all) {
      const distance = Math.max(region.start - address, address - (region.start + region.size - 1), 0);
      if (distance >= least) continue;
      least = distance;
      best = region;
    }
    if (best === undefined) return 'nothing';
    const end = best.start + best.size;
    const where = `[0x${best.start.toString(16)}, 0x${end.toString(16)})`;
    if (address < best.start) return `${best.label} ${where}, ${best.start - address} bytes behind the address`;
    if (address >= end) return `${best.label} ${where}, whose end lies ${address - end} bytes before the address`;
    return `${best.label} ${where}, at its offset ${address - best.start}`;
  }
}

function* pagesOf({ start, size }: Region): Generator<number> {
  const last = (start + Math.max(size, 1) - 1) >>> PAGE_SHIFT;
  for (let page = start >>> PAGE_SHIFT; page <= last; page++) yield page;
}
