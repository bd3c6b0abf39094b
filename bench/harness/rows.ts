/** The table of benchmark programs: one row each, the library beside the kernel. */
import type { Engine } from './engine.js';
import { type Measurement, type MeasureOptions, measure, type Side, VoidMeasurement } from './measure.js';
import { readProgram } from './programs.js';
import { nanoseconds, percent, table } from './report.js';

/** Largest ratio to the kernel that we want to see, by program. */
const TARGETS: Readonly<Record<string, number>> = {
  array_single: 1.2,
  array_1k: 1.2,
  array_64k: 1.2,
  array_1m: 1.2,
  array_atomic_inc: 1.2,
  aom_array_1k: 1.2,
  aom_array_64k: 1.2,
  hash_single: 1.2,
  hash_1k: 0.9,
  hash_64k: 0.6,
  hash_1m: 0.4,
  hash_miss_64k: 1.2,
  hash_update_64k: 1.2,
  hash_insdel_32k: 1.2,
  aom_hash_1k: 1.2,
  aom_hash_64k: 1.2,
  hom_hash_1k: 1.2,
  hom_hash_64k: 1.2,
  percpu_inc: 1,
  lru_64k: 1,
  lpm_10k: 1,
  ringbuf_64: 1,
  compute_1k: 1.2,
};

export interface Row {
  readonly program: string;
  readonly note: string;
  readonly measurement?: Measurement;
  /** Why there is no measurement. */
  readonly invalid?: string;
  readonly target?: number;
  /** Whether the ratio is within the target; absent without both. */
  readonly met?: boolean;
}

/** Measure one program on all engines. A run that failed makes the row invalid; other errors propagate. */
export function measureRow(name: string, engines: readonly Engine[], options: MeasureOptions): Row {
  const program = readProgram(name);
  const sides: Side[] = [];
  const row = { program: name, note: program.note, ...(name in TARGETS ? { target: TARGETS[name] as number } : {}) };
  try {
    for (const engine of engines) sides.push({ name: engine.name, subject: engine.prepare(program) });
    const measurement = measure(sides, program, options);
    const { ratio } = measurement;
    const met = ratio === undefined || row.target === undefined ? undefined : ratio <= row.target;
    return { ...row, measurement, ...(met === undefined ? {} : { met }) };
  } catch (error) {
    if (error instanceof VoidMeasurement) return { ...row, invalid: error.message };
    throw error;
  } finally {
    for (const { subject } of sides) subject.close();
  }
}

export function rowLines(rows: readonly Row[], engines: readonly Engine[]): string[] {
  const names = engines.map((engine) => engine.name);
  const heading = ['ns per operation', ...names.flatMap((name) => [name, '±']), 'ratio', 'target', 'A/A', 'A/A max'];
  return table([heading, ...rows.map((row) => cells(row, names.length))]);
}

function cells({ program, measurement, target, met, invalid }: Row, sides: number): string[] {
  if (measurement === undefined) return [program, ...Array<string>(2 * sides).fill('-'), `void: ${invalid}`];
  const { aa, aaSpread, ratio } = measurement;
  const verdict = met === undefined ? '' : met ? ' met' : ' missed';
  return [
    program,
    ...measurement.sides.flatMap((side) => [nanoseconds(side.median), percent(side.spread)]),
    ratio === undefined ? '-' : ratio.toFixed(2),
    target === undefined ? '' : `≤ ${target}${verdict}`,
    aa.toFixed(3),
    percent(aaSpread),
  ];
}
