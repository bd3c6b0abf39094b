import type { RuntimeStats } from '../../index.js';
import { tableLines } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import { bytes, duration, grouped, rate } from '../output/units.js';
import type { Counters } from './counters.js';
import type { Latency } from './meter.js';

/** What is shown at one moment. */
export interface Moment {
  /** Seconds since the start. */
  readonly time: number;
  readonly workers: readonly {
    readonly threadId: number;
    readonly cpu: number;
    readonly packets: number;
    readonly lookups: number;
  }[];
  readonly counters: Counters;
  readonly swaps: number;
  readonly swapLatency: Latency;
  readonly gracePeriod: Latency;
  readonly stats: RuntimeStats;
  readonly violations: number;
  /** Packets of each backend, the busiest first. */
  readonly shares: readonly (readonly [backend: number, packets: number])[];
  readonly events: readonly string[];
}

const SHOWN_EVENTS = 4;
const SHOWN_SHARES = 6;
const BAR = 24;

/** Shows the demo as it runs: a block that is drawn again and again in a terminal, a line a second elsewhere. */
export class Display {
  readonly #terminal: Terminal;
  readonly #seconds: number;
  #last: Moment | null = null;

  constructor(terminal: Terminal, seconds: number) {
    this.#terminal = terminal;
    this.#seconds = seconds;
  }

  show(moment: Moment): void {
    const last = this.#last;
    this.#last = moment;
    if (last === null) return;
    if (this.#terminal.isLive) this.#terminal.draw(this.#block(moment, last));
    else this.#terminal.print(this.#line(moment, last));
  }

  end(): void {
    this.#terminal.endDrawing();
  }

  #line(now: Moment, last: Moment): string {
    const elapsed = now.time - last.time;
    const { maps, arena } = now.stats;
    return [
      `${now.time.toFixed(1).padStart(6)} s`,
      `packets ${rate((now.counters.packets - last.counters.packets) / elapsed)}`,
      `lookups ${rate((now.counters.lookups - last.counters.lookups) / elapsed)}`,
      `swaps ${rate((now.swaps - last.swaps) / elapsed)}`,
      `grace period p50 ${duration(now.gracePeriod.p50)} p99 ${duration(now.gracePeriod.p99)}`,
      `maps ${maps.live} live ${maps.retired} retired ${grouped(maps.freed)} freed`,
      bytes(arena.bytesUsed),
      `violations ${now.violations}`,
    ].join('  ');
  }

  #block(now: Moment, last: Moment): string[] {
    return [
      this.#title(now),
      '',
      ...this.#workers(now, last),
      '',
      ...this.#swaps(now, last),
      '',
      ...this.#maps(now),
      '',
      ...this.#shares(now),
      '',
      ...now.events.slice(-SHOWN_EVENTS).map((event) => this.#terminal.style('dim', event)),
    ];
  }

  #title(now: Moment): string {
    const state =
      now.violations === 0
        ? this.#terminal.style('green', 'no violation')
        : this.#terminal.style('red', `${now.violations} violations`);
    return `${this.#terminal.style('bold', 'innermap load balancer')}  ${now.time.toFixed(1)} of ${this.#seconds} s  ${state}`;
  }

  #workers(now: Moment, last: Moment): string[] {
    const elapsed = now.time - last.time;
    const rows = now.workers.map((worker) => {
      // A thread that has just taken another's place has no rate yet.
      const before = last.workers.find(({ threadId }) => threadId === worker.threadId) ?? worker;
      const cells = [worker.packets - before.packets, worker.lookups - before.lookups];
      return [`worker ${worker.threadId}`, String(worker.cpu), ...cells.map((cell) => rate(cell / elapsed))];
    });
    const columns = [{ title: '' }, right('cpu'), right('packets'), right('lookups')];
    return tableLines(columns, rows);
  }

  #swaps(now: Moment, last: Moment): string[] {
    const swaps = rate((now.swaps - last.swaps) / (now.time - last.time));
    const row = (name: string, { p50, p99, max }: Latency, figure: string) => [
      name,
      figure,
      ...[p50, p99, max].map(duration),
    ];
    const columns = [{ title: '' }, right(''), right('p50'), right('p99'), right('max')];
    const rows = [row('swap', now.swapLatency, swaps), row('grace period', now.gracePeriod, '')];
    return tableLines(columns, rows);
  }

  #maps({ stats: { maps, arena } }: Moment): string[] {
    const columns = [{ title: '' }, right('live'), right('retired'), right('freed'), right('in use'), right('retired')];
    const row = [
      'maps',
      ...[maps.live, maps.retired, maps.freed].map(grouped),
      bytes(arena.bytesUsed),
      bytes(maps.retiredBytes),
    ];
    return tableLines(columns, [row]);
  }

  #shares(now: Moment): string[] {
    const most = now.shares[0]?.[1] || 1;
    const rows = now.shares.slice(0, SHOWN_SHARES).map(([number, packets]) => {
      const share = (100 * packets) / Math.max(1, now.counters.balanced);
      return [`backend ${number}`, `${share.toFixed(2)} %`, '█'.repeat(Math.round((BAR * packets) / most))];
    });
    return tableLines([{ title: `${now.shares.length} backends` }, right('share'), { title: '' }], rows);
  }
}

function right(title: string) {
  return { title, align: 'right' } as const;
}
