/** `innermap replay FILE…`: replay scenarios that were recorded on a kernel, and say what differs. */
import { Runtime } from '../index.js';
import { readBytes } from './input.js';
import { ofFile } from './output/errors.js';
import { type FileReport, figures, summarize, textOf, total } from './replay/report.js';
import { replayFile, type ScenarioResult } from './replay/run.js';
import { parseGolden } from './replay/scenario.js';

export interface ReplayOptions {
  readonly files: readonly string[];
  /** One JSON object instead of text. */
  readonly json?: boolean;
  /** Only scenarios whose name contains this. */
  readonly filter?: string;
}

/** What is told while a file is replayed. */
export type Progress = (done: number, total: number) => void;

/**
 * Replay the files; `print` gets lines. Resolves to the exit code: 1 when a scenario failed. Throws UsageError for a
 * file that is missing or no recording.
 */
export async function replay(
  options: ReplayOptions,
  print: (line: string) => void,
  progress: (text: string) => void = () => undefined,
): Promise<number> {
  const reports: FileReport[] = [];
  for (const file of options.files) {
    const report = await replayOne(file, options.filter, (done, all) =>
      progress(`${file}: ${done} of ${all} scenarios`),
    );
    reports.push(report);
    if (!options.json) for (const line of textOf(report)) print(line);
  }
  const sums = total(reports);
  if (options.json) print(JSON.stringify({ ...sums, files: reports }));
  else print(figures(sums));
  return sums.failed === 0 ? 0 : 1;
}

/** Replay one file in a runtime of its own, with as many CPUs as the recording machine had. */
export async function replayOne(file: string, filter = '', progress: Progress = () => undefined): Promise<FileReport> {
  const text = new TextDecoder().decode(await readBytes(file));
  const golden = ofFile(file, () => parseGolden(text));
  const scenarios = golden.scenarios.filter(({ name }) => name.includes(filter));
  const begin = performance.now();
  await using runtime = await Runtime.create({ workers: 0, possibleCpus: golden.possibleCpus });
  const results: ScenarioResult[] = [];
  for await (const result of replayFile(runtime, { ...golden, scenarios })) {
    results.push(result);
    progress(results.length, scenarios.length);
    // Scenarios wait for nothing but promises: let signals come through.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summarize(file, results, (performance.now() - begin) / 1000);
}
