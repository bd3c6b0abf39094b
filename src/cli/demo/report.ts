import type { Terminal } from '../output/terminal.js';
import { bytes, duration, grouped } from '../output/units.js';
import { type Counters, VIOLATIONS } from './counters.js';
import type { IncidentReport } from './incidents.js';
import type { KernelTimes } from './kernel-comparison.js';
import type { Latency } from './meter.js';

/** The same packets through the same instructions elsewhere. */
export type Comparison =
  | Extract<KernelTimes, { usable: false }>
  | (Extract<KernelTimes, { usable: true }> & {
      /** The replay's time of a packet by the kernel's. */
      readonly ratio: number;
      /** Our own test run, in the kernel's way: the same packets, each as often in a row. */
      readonly testRunNanoseconds: number;
      readonly testRunRatio: number;
    });

/** The figures of a run, as `--json` prints them. Times in nanoseconds. */
export interface DemoReport {
  readonly seconds: number;
  readonly workers: number;
  readonly fault: string | null;
  /** Sum of the three kinds, and of programs that trapped. */
  readonly violations: number;
  readonly violationKinds: Readonly<Record<keyof typeof VIOLATIONS | 'traps', number>>;
  readonly packets: number;
  readonly packetsPerSecond: number;
  readonly lookupsPerSecond: number;
  /** Mean time of a packet in a worker: copying it in, and the program. */
  readonly nanosecondsPerPacket: number;
  readonly kernel: Comparison;
  readonly swaps: number;
  readonly swapsPerSecond: number;
  readonly swapLatency: Latency;
  readonly gracePeriod: Latency;
  readonly maps: {
    readonly live: number;
    readonly retired: number;
    readonly freed: number;
    readonly liveBefore: number;
  };
  readonly arena: { readonly bytesBefore: number; readonly bytesAfter: number };
  readonly services: number;
  readonly backends: number;
  /** Largest and smallest share of all balanced packets that a backend got. */
  readonly shares: { readonly largest: number; readonly smallest: number };
  readonly counters: Counters;
  readonly incidents: IncidentReport;
  /** What ended the run before its time. */
  readonly failure: string | null;
}

export function summaryLines(report: DemoReport, terminal: Terminal): string[] {
  const { maps, arena, counters, incidents } = report;
  const latency = ({ p50, p99, max }: Latency) => `p50 ${duration(p50)}, p99 ${duration(p99)}, max ${duration(max)}`;
  const row = (name: string, text: string) => `  ${name.padEnd(14)}${text}`;
  return [
    '',
    terminal.style(
      'bold',
      `summary of ${report.seconds.toFixed(1)} s with ${report.workers} worker${report.workers === 1 ? '' : 's'}`,
    ),
    row(
      'packets',
      `${grouped(report.packets)} (${grouped(report.packetsPerSecond)}/s), ${grouped(report.lookupsPerSecond)} lookups/s`,
    ),
    row('per packet', perPacket(report)),
    row('verdicts', verdicts(counters)),
    row('swaps', `${grouped(report.swaps)} (${grouped(report.swapsPerSecond)}/s): ${latency(report.swapLatency)}`),
    row('grace periods', latency(report.gracePeriod)),
    row(
      'maps',
      `${maps.live} live (${maps.liveBefore} at the start), ${maps.retired} retired, ${grouped(maps.freed)} freed`,
    ),
    row('arena', `${bytes(arena.bytesBefore)} at the start, ${bytes(arena.bytesAfter)} at the end`),
    row(
      'backends',
      `${report.backends}, shares from ${percent(report.shares.smallest)} to ${percent(report.shares.largest)}`,
    ),
    row('meanwhile', meanwhile(incidents)),
    ...verdictLines(report, terminal),
  ];
}

function perPacket({ nanosecondsPerPacket, kernel }: DemoReport): string {
  const ours = `${nanosecondsPerPacket.toFixed(1)} ns`;
  if (!kernel.usable) return `${ours}; no kernel beside it: ${kernel.reason}`;
  const { nanosecondsPerPacket: theirs, ratio, testRunNanoseconds, testRunRatio } = kernel;
  return (
    `${ours}; the kernel ${theirs.toFixed(1)} ns: ${ratio.toFixed(2)} x ` +
    `(as a test run ${testRunNanoseconds.toFixed(1)} ns: ${testRunRatio.toFixed(2)} x)`
  );
}

function verdicts(counters: Counters): string {
  const { balanced, denied, noService, malformed, truncated, fragmented, notOurs, noTenant, noBackend } = counters;
  const named = { balanced, denied, 'no service': noService, malformed, truncated, fragmented, 'not ours': notOurs };
  const more = { 'no tenant': noTenant, 'no backend': noBackend };
  return Object.entries({ ...named, ...more })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${grouped(count)} ${name}`)
    .join(', ');
}

function meanwhile({ secondProgram, statisticsFrom, printkLines, abort }: IncidentReport): string {
  return [
    secondProgram === null ? 'no second program' : `${secondProgram} installed`,
    `statistics from ${statisticsFrom.length} worker${statisticsFrom.length === 1 ? '' : 's'}`,
    `${printkLines} printk lines`,
    abort === null ? 'no abort' : 'one abort recovered',
  ].join(', ');
}

function verdictLines(report: DemoReport, terminal: Terminal): string[] {
  const lines = [''];
  if (report.failure !== null) lines.push(terminal.style('red', report.failure));
  if (report.violations === 0) return [...lines, terminal.style('green', 'violations: 0')];
  lines.push(terminal.style('red', `violations: ${grouped(report.violations)}`));
  for (const [kind, text] of Object.entries(VIOLATIONS)) {
    const count = report.violationKinds[kind as keyof typeof VIOLATIONS];
    if (count > 0) lines.push(terminal.style('red', `  ${grouped(count)}: ${text}`));
  }
  if (report.violationKinds.traps > 0)
    lines.push(terminal.style('red', `  ${report.violationKinds.traps}: a program trapped`));
  return lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}
