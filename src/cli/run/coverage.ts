import type { SourceLine } from '../../index.js';
import { grouped } from '../output/units.js';

/** How often each instruction ran: those that never did stand out by a `-`. */
export function coverageLines(
  texts: ReadonlyMap<number, string>,
  counts: Uint32Array,
  sources: readonly SourceLine[] = [],
): string[] {
  const slots = texts.size > 0 ? [...texts.keys()] : [...counts.keys()];
  const reached = slots.filter((slot) => (counts[slot] ?? 0) > 0).length;
  const lines = slots.map((slot) => {
    return `${shown(counts[slot] ?? 0)} ${String(slot).padStart(6)}: ${texts.get(slot) ?? ''}`.trimEnd();
  });
  return [...sourceCoverageLines(counts, sources), `coverage: ${reached} of ${slots.length} instructions`, ...lines];
}

export interface LineCoverage {
  readonly file: string | undefined;
  readonly line: number;
  readonly text: string;
  /** Runs of the line's most frequent instruction among those that begin a piece of its code. */
  readonly count: number;
}

/** How often each source line ran, in the order of the source. A line may have several pieces of code. */
export function sourceCoverage(counts: Uint32Array, sources: readonly SourceLine[]): LineCoverage[] {
  const lines = new Map<string, LineCoverage>();
  for (const { slot, file, line, text } of sources) {
    const key = `${file}:${line}`;
    const count = Math.max(counts[slot] ?? 0, lines.get(key)?.count ?? 0);
    lines.set(key, { file, line, text, count });
  }
  return [...lines.values()].sort((a, b) => compare(a.file ?? '', b.file ?? '') || a.line - b.line);
}

function sourceCoverageLines(counts: Uint32Array, sources: readonly SourceLine[]): string[] {
  const lines = sourceCoverage(counts, sources);
  if (lines.length === 0) return [];
  const reached = lines.filter(({ count }) => count > 0).length;
  const text = lines.map(({ line, text, count }) => `${shown(count)} ${String(line).padStart(6)}: ${text}`.trimEnd());
  return [`coverage: ${reached} of ${lines.length} source lines`, ...text, ''];
}

function shown(count: number): string {
  return (count === 0 ? '-' : grouped(count)).padStart(14);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
