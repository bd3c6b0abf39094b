/** Files of recorded scenarios: one JSON object a line, the first one says where they were recorded. */

/** One recorded call with what the kernel answered. Which fields there are depends on `op`. */
export interface Op {
  readonly op: string;
  readonly ret: number | string;
  readonly errno?: string;
  readonly [field: string]: unknown;
}

export interface Scenario {
  readonly name: string;
  readonly note?: string;
  readonly ops: readonly Op[];
}

export interface GoldenFile {
  readonly possibleCpus: number;
  readonly scenarios: readonly Scenario[];
}

const META = 'meta';

/** Read a file's text. Throws SyntaxError naming the line that is not as the format has it. */
export function parseGolden(text: string): GoldenFile {
  let possibleCpus: number | undefined;
  const scenarios: Scenario[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const entry = parseLine(line, index + 1);
    if (entry.name === META) possibleCpus = cpusOf(entry, index + 1);
    else scenarios.push(entry);
  }
  if (possibleCpus === undefined)
    throw new SyntaxError('line 1: expected the scenario "meta", which says how it was recorded');
  return { possibleCpus, scenarios };
}

function parseLine(line: string, number: number): Scenario {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`line ${number}: no JSON: ${(cause as Error).message}`, { cause });
  }
  if (isScenario(entry)) return entry;
  throw new SyntaxError(`line ${number}: expected {"name": text, "ops": [{"op": text, …}, …]}`);
}

function isScenario(entry: unknown): entry is Scenario {
  if (typeof entry !== 'object' || entry === null) return false;
  const { name, ops } = entry as Partial<Scenario>;
  return typeof name === 'string' && Array.isArray(ops) && ops.every((op) => typeof op?.op === 'string');
}

function cpusOf(meta: Scenario, line: number): number {
  const cpus = (meta as Scenario & { env?: { possible_cpus?: unknown } }).env?.possible_cpus;
  if (typeof cpus === 'number' && Number.isInteger(cpus) && cpus > 0) return cpus;
  throw new SyntaxError(`line ${line}: env.possible_cpus: given ${String(cpus)}, expected the number of CPUs`);
}
