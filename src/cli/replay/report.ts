/** What a replay prints: each mismatch, then one line of figures. */
import type { ScenarioResult } from './run.js';

export interface FileReport {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Scenarios that differ from the kernel as they are meant to. */
  readonly deviations: number;
  /** How many scenarios were skipped for want of what. */
  readonly missing: Readonly<Record<string, number>>;
  readonly failures: readonly ScenarioResult[];
  readonly seconds: number;
}

export function summarize(file: string, results: readonly ScenarioResult[], seconds: number): FileReport {
  const count = (verdict: ScenarioResult['verdict']) => results.filter((result) => result.verdict === verdict).length;
  const missing: Record<string, number> = {};
  for (const { verdict, reason = '' } of results)
    if (verdict === 'skipped') missing[reason] = (missing[reason] ?? 0) + 1;
  return {
    file,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    deviations: count('deviation'),
    missing,
    failures: results.filter(({ verdict }) => verdict === 'failed'),
    seconds,
  };
}

export function* textOf(report: FileReport): Generator<string> {
  for (const { name, mismatches } of report.failures) {
    yield `${name}`;
    for (const { index, op, field, expected, got } of mismatches) {
      yield `  op ${index} ${op}: ${field}: expected ${shown(expected)}, got ${shown(got)}`;
    }
  }
  for (const [what, scenarios] of Object.entries(report.missing)) yield `  skipped ${scenarios}: no ${what} here`;
  yield `${report.file}: ${figures(report)}`;
}

/** `N passed, N failed, N skipped`, and the expected deviations where there are any. */
export function figures(report: Pick<FileReport, 'passed' | 'failed' | 'skipped' | 'deviations'>): string {
  const { passed, failed, skipped, deviations } = report;
  const line = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return deviations === 0
    ? line
    : `${line} (and ${deviations} expected ${deviations === 1 ? 'deviation' : 'deviations'})`;
}

export function total(
  reports: readonly FileReport[],
): Pick<FileReport, 'passed' | 'failed' | 'skipped' | 'deviations'> {
  const sum = (name: 'passed' | 'failed' | 'skipped' | 'deviations') =>
    reports.reduce((whole, report) => whole + report[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), deviations: sum('deviations') };
}

const MAX_SHOWN = 300;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
