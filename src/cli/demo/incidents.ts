/** What happens in the course of the demo besides the churn, while the other workers go on without a pause. */
import type { PrintkEvent, Program, Runtime } from '../../index.js';
import type { LoadedProgram } from './load.js';
import type { ReplayLoops } from './replay-loops.js';

export interface IncidentReport {
  /** A second program was installed, and ran. */
  secondProgram: string | null;
  /** Threads that answered over Comlink while they replayed packets. */
  statisticsFrom: number[];
  printkLines: number;
  /** Last line that a program printed. */
  lastLine: string | null;
  /** Code of the error with which the aborted run ended, once its thread was replaced. */
  abort: string | null;
}

export interface Stage {
  readonly runtime: Runtime;
  readonly loops: ReplayLoops;
  readonly first: Program;
  /** Loads the second program. */
  loadSecond(): Promise<LoadedProgram>;
  /** Resolves when this part of the run, from 0 to 1, is over; false when the demo ends before. */
  until(part: number): Promise<boolean>;
  tell(event: string): void;
}

const PRINTK_PATIENCE = 5000;

/** Runs the incidents one after another. What has not happened when the demo ends is missing in the report. */
export class Incidents {
  readonly report: IncidentReport = {
    secondProgram: null,
    statisticsFrom: [],
    printkLines: 0,
    lastLine: null,
    abort: null,
  };
  readonly #stage: Stage;
  #heard: () => void = () => undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    stage.runtime.on('printk', (line) => this.#printed(line));
  }

  async run(): Promise<void> {
    const { until } = this.#stage;
    if (await until(0.2)) await this.#installSecond();
    if (await until(0.6)) await this.#readStatistics();
    if (await until(0.7)) await this.#abortOne();
  }

  async #installSecond(): Promise<void> {
    const { loops, first, loadSecond, tell } = this.#stage;
    const loaded = await loadSecond();
    const second = loaded.program;
    const line = new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
    loops.use(second);
    this.report.secondProgram = second.name;
    tell(`installed ${second.name} in place of ${first.name}, between two packets`);
    const timer = new Promise<void>((resolve) => setTimeout(resolve, PRINTK_PATIENCE).unref());
    await Promise.race([line, timer]);
    loops.use(first);
    loaded.close();
    if (this.report.lastLine !== null) tell(`it printed: ${this.report.lastLine}`);
  }

  async #readStatistics(): Promise<void> {
    const { runtime, loops, tell } = this.#stage;
    for (const threadId of loops.threads) {
      const statistics = await runtime.workerStatistics(threadId);
      this.report.statisticsFrom.push(statistics.threadId);
      tell(
        `worker ${threadId} says over Comlink: ${statistics.packets} packets, ${statistics.programs.length} programs`,
      );
    }
  }

  async #abortOne(): Promise<void> {
    const { loops, tell } = this.#stage;
    const begin = performance.now();
    this.report.abort = await loops.abortOne();
    tell(
      `aborted a run (${this.report.abort}): its thread was replaced in ${(performance.now() - begin).toFixed(0)} ms`,
    );
  }

  #printed(line: PrintkEvent): void {
    this.report.printkLines++;
    this.report.lastLine = line.text;
    this.#heard();
  }
}
