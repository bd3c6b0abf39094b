/** Operations as the sides of a measurement, and the lines that report it. */
import type { Subject } from '../harness/engine.js';
import { type MeasureOptions, measure } from '../harness/measure.js';
import { duration, percent, table } from '../harness/report.js';

export interface Operation {
  readonly name: string;
  /** Do it `repeat` times. */
  run(repeat: number): void;
}

export interface OperationRow {
  readonly title: string;
  /** Of the first operation, nanoseconds; undefined = reported without one. */
  readonly target?: number;
  /** The operation in question first, what it is compared with behind it. */
  readonly operations: readonly Operation[];
}

/** Time a row: a line for each operation, with the target of the first, and the A/A line. */
export function operationLines(row: OperationRow, options: MeasureOptions): string[] {
  const sides = row.operations.map(({ name, run }) => ({ name, subject: subject(run) }));
  const result = measure(sides, { name: row.title, ops_per_run: 1, expect_r0: 'any' }, options);
  const [first] = result.sides;
  const lines = result.sides.map((side, index) => [
    `  ${side.name}`,
    duration(side.median),
    `spread ${percent(side.spread)}`,
    index === 0 ? verdict(row.target, side.median) : `ratio ${(side.median / (first?.median ?? 1)).toFixed(2)}`,
  ]);
  const aa = ['  A/A', result.aa.toFixed(3), `spread ${percent(result.aaSpread)}`, ''];
  return [row.title, ...table([...lines, aa])];
}

function verdict(target: number | undefined, median: number): string {
  if (target === undefined) return '';
  return `target ${duration(target)}: ${median <= target ? 'met' : 'missed'}`;
}

function subject(run: (repeat: number) => void): Subject {
  return {
    run(repeat) {
      const begin = process.hrtime.bigint();
      run(repeat);
      return { nanoseconds: Number(process.hrtime.bigint() - begin), r0: 0 };
    },
    close: () => undefined,
  };
}
