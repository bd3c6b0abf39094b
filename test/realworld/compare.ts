/** Differences between two observations of an object, in words; and counts of what agreed. */
import type { Observation } from './observe.js';

export interface Comparison {
  readonly programs: number;
  readonly sameVerdict: number;
  readonly runs: number;
  readonly sameRuns: number;
  readonly maps: number;
  readonly sameMaps: number;
  readonly differences: readonly string[];
}

export function compare(here: readonly Observation[], kernel: readonly Observation[]): Comparison {
  const differences: string[] = [];
  const count = { programs: 0, sameVerdict: 0, runs: 0, sameRuns: 0, maps: 0, sameMaps: 0 };
  // An object that cannot be opened is seen as the one program `*`.
  const whole = here.find(({ program }) => program === '*');
  for (const theirs of kernel) {
    const ours = here.find(({ program }) => program === theirs.program) ?? whole;
    count.programs++;
    if (ours === undefined) differences.push(`${theirs.program}: not seen here (${here[0]?.message ?? 'no program'})`);
    else if ((ours.errno === 0) !== (theirs.errno === 0))
      differences.push(`${theirs.program}: ${said(ours)} here, ${said(theirs)} in the kernel`);
    else {
      count.sameVerdict++;
      if (ours.errno !== theirs.errno && ours.errno > 0)
        differences.push(`${theirs.program}: ${said(ours)} here, ${said(theirs)} in the kernel`);
      compareRuns(ours, theirs, count, differences);
      compareMaps(ours, theirs, count, differences);
    }
  }
  return { ...count, differences };
}

type Count = { -readonly [Key in Exclude<keyof Comparison, 'differences'>]: number };

function compareRuns(ours: Observation, theirs: Observation, count: Count, differences: string[]): void {
  for (const [index, run] of theirs.runs.entries()) {
    count.runs++;
    if (ours.runs[index] === run) count.sameRuns++;
    else differences.push(`${theirs.program}: packet ${index}: ${ours.runs[index]} here, ${run} in the kernel`);
  }
}

function compareMaps(ours: Observation, theirs: Observation, count: Count, differences: string[]): void {
  for (const [name, contents] of Object.entries(theirs.maps)) {
    count.maps++;
    if (ours.maps[name] === contents) count.sameMaps++;
    else differences.push(`${theirs.program}: map ${name}: ${ours.maps[name]} here, ${contents} in the kernel`);
  }
}

function said({ errno, message }: Observation): string {
  return errno === 0 ? 'loads' : `errno ${errno} (${message})`;
}
