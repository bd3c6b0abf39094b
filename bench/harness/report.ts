/** Tables for people. */

/** Columns separated by two spaces; the first is left-aligned, the others right-aligned. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Nanoseconds with three significant digits. */
export function nanoseconds(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** A duration in the unit that suits it. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${nanoseconds(ns)} ns`;
  return ns < 1e6 ? `${nanoseconds(ns / 1e3)} µs` : `${nanoseconds(ns / 1e6)} ms`;
}
