import { Runtime, type RuntimeStats } from '../../index.js';
import { readBytes } from '../input.js';
import { ofFile } from '../output/errors.js';
import { readPcap } from '../pcap/reader.js';
import type { Terminal } from '../output/terminal.js';
import { LOAD_BALANCER, readAsset, TRAFFIC } from './assets.js';
import { Churn } from './churn.js';
import { ControlPlane } from './control-plane.js';
import { type Counters, countersByCpu, sharesOf, sumOf, VIOLATIONS, violationsOf } from './counters.js';
import { Display, type Moment } from './display.js';
import { type IncidentReport, Incidents } from './incidents.js';
import { REPEAT, samplesOf, timeInKernel } from './kernel-comparison.js';
import { type Balancer, loadBalancer } from './load.js';
import { SwapMeter } from './meter.js';
import { type DemoOptions, FAULTS } from './options.js';
import { ReplayLoops } from './replay-loops.js';
import type { Comparison, DemoReport } from './report.js';
import { type World, worldOf } from './world.js';

/** Milliseconds between two pictures. */
const LIVE_INTERVAL = 250;
const LINE_INTERVAL = 1000;
/** Milliseconds between two looks at the violations. */
const WATCH_INTERVAL = 20;
/** The more often a reader holds a table for long, the sooner a fault of the core shows. */
const AUDIT_MASK = { sound: 1023, faulty: 7 };
/** Milliseconds that incidents may go on behind the end of the time. */
const INCIDENT_GRACE = 10_000;
/** With a fault, the churn keeps to so many services and tenants: those that readers hold. */
const FAULT_SERVICES = 4;

/** Of the user's capture, or of the one that comes along. Throws UsageError for a file that is missing or no capture. */
async function packetsOf(pcap: string | undefined) {
  if (pcap === undefined) return readPcap(await readAsset(TRAFFIC)).packets;
  const bytes = await readBytes(pcap);
  return ofFile(pcap, () => readPcap(bytes)).packets;
}

/**
 * Run the demo from its set-up to its figures. `interrupted` ends it early. Rejects when it cannot even begin.
 */
export async function runDemo(options: DemoOptions, terminal: Terminal, interrupted: AbortSignal): Promise<DemoReport> {
  const world = worldOf(await packetsOf(options.pcap));
  const object = await readAsset(LOAD_BALANCER);
  await using runtime = await Runtime.create({
    workers: options.workers,
    poison: true,
    ...(options.fault ? { core: FAULTS[options.fault] } : {}),
  });
  const auditMask = options.fault ? AUDIT_MASK.faulty : AUDIT_MASK.sound;
  const balancer = await loadBalancer(runtime, object, { tableSize: options.tableSize, auditMask });
  const demo = new Demo({ options, terminal, world, runtime, balancer });
  interrupted.addEventListener('abort', () => demo.stop());
  if (interrupted.aborted) demo.stop();
  const figures = await demo.run();
  const kernel = interrupted.aborted ? LEFT_OUT : demo.compare(figures.nanosecondsPerPacket);
  return { ...figures, kernel };
}

const LEFT_OUT: Comparison = { usable: false, reason: 'left out' };

interface DemoParts {
  readonly options: DemoOptions;
  readonly terminal: Terminal;
  readonly world: World;
  readonly runtime: Runtime;
  readonly balancer: Balancer;
}

type Figures = Omit<DemoReport, 'kernel'>;

class Demo {
  readonly #parts: DemoParts;
  readonly #meter = new SwapMeter();
  readonly #plane: ControlPlane;
  readonly #events: string[] = [];
  readonly #ended = new AbortController();
  #begin = 0;
  #failure: Error | null = null;
  #traps = 0;

  constructor(parts: DemoParts) {
    const { runtime, balancer, world, options } = parts;
    this.#parts = parts;
    this.#plane = new ControlPlane(runtime, balancer.maps, world, options.tableSize, this.#meter);
  }

  async run(): Promise<Figures> {
    const { runtime, balancer, world, options } = this.#parts;
    runtime.on('failure', ({ error }) => this.#fail(error));
    this.#plane.setUp();
    await runtime.barrier();
    const before = this.#take();
    const swapsBefore = this.#meter.count;
    this.#begin = performance.now();
    const loops = new ReplayLoops(balancer.program, world.packets, options.workers, (error) => this.#loopFailed(error));
    const incidents = new Incidents({
      runtime,
      loops,
      first: balancer.program,
      loadSecond: () => balancer.loadTraced(),
      until: (part) => this.#until(part * options.seconds * 1000),
      tell: (event) => this.#tell(event),
    });
    await this.#play(incidents);
    const seconds = (performance.now() - this.#begin) / 1000;
    const swaps = this.#meter.count - swapsBefore;
    await loops.stop();
    await runtime.barrier();
    return this.#figures({ before, after: this.#take(), seconds, swaps, incidents: incidents.report });
  }

  /** End it before its time. */
  stop(): void {
    this.#ended.abort();
  }

  /** The same packets through the same program in the kernel; not with a fault, whose time says nothing. */
  compare(nanosecondsPerPacket: number): Comparison {
    const { options, world, balancer } = this.#parts;
    if (!options.kernel || options.fault) return LEFT_OUT;
    const kernel = timeInKernel(balancer.spec, world, options.tableSize);
    if (!kernel.usable) return kernel;
    const packets = samplesOf(world.packets);
    const time = (packet: Uint8Array) => balancer.program.testRun(packet, { repeat: REPEAT }).duration;
    const testRunNanoseconds = packets.reduce((sum, packet) => sum + time(packet), 0) / packets.length;
    const theirs = kernel.nanosecondsPerPacket;
    return {
      ...kernel,
      ratio: nanosecondsPerPacket / theirs,
      testRunNanoseconds,
      testRunRatio: testRunNanoseconds / theirs,
    };
  }

  /** Churn, incidents and display side by side, until the time is over or something is wrong. */
  async #play(incidents: Incidents): Promise<void> {
    const { options, terminal } = this.#parts;
    const only = options.fault ? FAULT_SERVICES : undefined;
    const churn = new Churn(this.#plane, { swapsPerSecond: options.swapsPerSecond, ...(only ? { only } : {}) });
    const display = new Display(terminal, options.seconds);
    const show = () => display.show(this.#moment());
    if (!options.json) show();
    const pictures = options.json ? undefined : setInterval(show, terminal.isLive ? LIVE_INTERVAL : LINE_INTERVAL);
    const watch = setInterval(() => this.#watch(), WATCH_INTERVAL);
    this.#ended.signal.addEventListener('abort', () => churn.stop());
    if (this.#ended.signal.aborted) churn.stop();
    const guarded = (work: Promise<void>) => work.catch((error: Error) => this.#fail(error));
    const told = guarded(incidents.run());
    // On a slow machine the incidents take longer than their parts of the time: they are waited for, not for ever.
    const grace = () => new Promise((resolve) => setTimeout(resolve, INCIDENT_GRACE).unref());
    const end = setTimeout(
      () => void Promise.race([told, grace()]).then(() => this.#ended.abort()),
      options.seconds * 1000,
    );
    await Promise.all([guarded(churn.run(() => this.#meter.count)), told]);
    clearTimeout(end);
    clearInterval(watch);
    clearInterval(pictures);
    if (!options.json) show();
    display.end();
  }

  /** A faulty core has been shown to be faulty: there is no more to see. */
  #watch(): void {
    if (this.#parts.options.fault && violationsOf(this.#counters()) > 0) this.#ended.abort();
  }

  #loopFailed(error: Error & { code?: string }): void {
    if (error.code === 'ERR_INNERMAP_PROGRAM_TRAP') this.#traps++;
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#ended.signal.aborted) return;
    this.#failure ??= error;
    this.#ended.abort();
  }

  /** True at `milliseconds` after the start, false when the demo ended before. */
  #until(milliseconds: number): Promise<boolean> {
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const timer = setTimeout(() => resolve(true), Math.max(0, this.#begin + milliseconds - performance.now()));
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve(false);
      });
    });
  }

  #tell(event: string): void {
    const line = `${((performance.now() - this.#begin) / 1000).toFixed(1)} s: ${event}`;
    this.#events.push(line);
    if (!this.#parts.options.json && !this.#parts.terminal.isLive) this.#parts.terminal.print(line);
  }

  #counters(): Counters {
    return sumOf(countersByCpu(this.#parts.balancer.maps));
  }

  #take(): Reading {
    return { stats: this.#parts.runtime.stats(), counters: this.#counters() };
  }

  #moment(): Moment {
    const stats = this.#parts.runtime.stats();
    const byCpu = countersByCpu(this.#parts.balancer.maps);
    const counters = sumOf(byCpu);
    const shares = [...sharesOf(this.#parts.balancer.maps, this.#plane.backends)].sort((a, b) => b[1] - a[1]);
    return {
      time: (performance.now() - this.#begin) / 1000,
      workers: stats.workers.map(({ threadId, cpu, packets }) => ({
        threadId,
        cpu,
        packets,
        lookups: byCpu[cpu]?.lookups ?? 0,
      })),
      counters,
      swaps: this.#meter.count,
      swapLatency: this.#meter.swapLatency,
      gracePeriod: this.#meter.gracePeriodLatency,
      stats,
      violations: violationsOf(counters) + this.#traps,
      shares,
      events: this.#events,
    };
  }

  #figures(run: FiguresInput): Figures {
    const { options } = this.#parts;
    const { before, after, seconds, swaps, incidents } = run;
    const packets = after.stats.totals.packets - before.stats.totals.packets;
    const nanoseconds = after.stats.totals.nanoseconds - before.stats.totals.nanoseconds;
    const { counters } = after;
    const kinds = Object.fromEntries(
      Object.keys(VIOLATIONS).map((name) => [name, counters[name as keyof typeof VIOLATIONS]]),
    );
    const { live, retired, freed } = after.stats.maps;
    return {
      seconds,
      workers: options.workers,
      fault: options.fault ?? null,
      violations: violationsOf(counters) + this.#traps,
      violationKinds: { ...kinds, traps: this.#traps } as DemoReport['violationKinds'],
      packets,
      packetsPerSecond: packets / seconds,
      lookupsPerSecond: counters.lookups / seconds,
      nanosecondsPerPacket: nanoseconds / Math.max(1, packets),
      swaps,
      swapsPerSecond: swaps / seconds,
      swapLatency: this.#meter.swapLatency,
      gracePeriod: this.#meter.gracePeriodLatency,
      maps: { live, retired, freed, liveBefore: before.stats.maps.live },
      arena: { bytesBefore: before.stats.arena.bytesUsed, bytesAfter: after.stats.arena.bytesUsed },
      services: this.#plane.services.length,
      backends: this.#plane.backends.length,
      shares: this.#shares(counters),
      counters,
      incidents,
      failure: this.#failure?.message ?? null,
    };
  }

  #shares(counters: Counters): DemoReport['shares'] {
    const shares = [...sharesOf(this.#parts.balancer.maps, this.#plane.backends).values()].map(
      (count) => count / Math.max(1, counters.balanced),
    );
    return { largest: Math.max(...shares), smallest: Math.min(...shares) };
  }
}

interface Reading {
  readonly stats: RuntimeStats;
  readonly counters: Counters;
}

interface FiguresInput {
  readonly before: Reading;
  readonly after: Reading;
  readonly seconds: number;
  readonly swaps: number;
  readonly incidents: IncidentReport;
}
