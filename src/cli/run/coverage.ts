import { grouped } from '../output/units.js';

/** How often each instruction ran: those that never did stand out by a `-`. */
export function coverageLines(texts: ReadonlyMap<number, string>, counts: Uint32Array): string[] {
  const slots = texts.size > 0 ? [...texts.keys()] : [...counts.keys()];
  const reached = slots.filter((slot) => (counts[slot] ?? 0) > 0).length;
  const lines = slots.map((slot) => {
    const count = counts[slot] ?? 0;
    return `${(count === 0 ? '-' : grouped(count)).padStart(14)} ${String(slot).padStart(6)}: ${texts.get(slot) ?? ''}`.trimEnd();
  });
  return [`coverage: ${reached} of ${slots.length} instructions`, ...lines];
}
