/** `innermap replay FILE…`: replay scenarios that were recorded on a kernel, and say what differs. */
import { readFile } from 'node:fs/promises';
import { Runtime } from '../index.js';
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

/** Replay the files; `print` gets lines. Resolves to the exit code: 1 when a scenario failed or a file is no good. */
export async function replay(options: ReplayOptions, print: (line: string) => void): Promise<number> {
  const reports: FileReport[] = [];
  for (const file of options.files) {
    const report = await replayOne(file, options.filter);
    reports.push(report);
    if (!options.json) for (const line of textOf(report)) print(line);
  }
  const sums = total(reports);
  if (options.json) print(JSON.stringify({ ...sums, files: reports }));
  else print(figures(sums));
  return sums.failed === 0 ? 0 : 1;
}

/** Replay one file in a runtime of its own, with as many CPUs as the recording machine had. */
export async function replayOne(file: string, filter = ''): Promise<FileReport> {
  const golden = parseGolden(await readFile(file, 'utf8'));
  const scenarios = golden.scenarios.filter(({ name }) => name.includes(filter));
  const begin = performance.now();
  await using runtime = await Runtime.create({ workers: 0, possibleCpus: golden.possibleCpus });
  const results: ScenarioResult[] = [];
  for await (const result of replayFile(runtime, { ...golden, scenarios })) results.push(result);
  return summarize(file, results, (performance.now() - begin) / 1000);
}
