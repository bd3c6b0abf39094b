/**
 * `node build/test/verifier/areas/record.js [part of an area's or a case's name] [level]`: the cases in the live
 * kernel and here. Prints what differs, writes the kernel's verdicts; of one case alone it prints both logs.
 */
import { Runtime } from 'innermap';
import { openKernel } from '#dist/cli/kernel/index.js';
import type { Area, Case, Verdict } from './case.js';
import { AREAS } from './cases/index.js';
import { writeRecorded } from './recorded.js';
import { kernelSide, ourSide, type Side } from './sides.js';

/** Milliseconds from which a case is too slow for the tests. */
const SLOW = 1000;

const show = ({ errno, message }: Verdict): string => `${errno} ${message}`;

/** What a fault of our own shows as. */
function attempt(side: Side, one: Case): Verdict {
  try {
    return side.load(one);
  } catch (error) {
    const { message, cause } = error as Error;
    return { errno: -1, message: `${message}: ${String(cause)}` };
  }
}

function compare(area: Area, kernel: Side, here: Side): void {
  const verdicts = new Map<string, Verdict>();
  let accepted = 0;
  let differ = 0;
  for (const one of area.cases) {
    if (verdicts.has(one.name)) throw new Error(`two cases are called ${one.name}`);
    const start = performance.now();
    const there = kernel.load(one);
    const middle = performance.now();
    const ours = attempt(here, one);
    const times = [middle - start, performance.now() - middle].map(Math.round);
    if (Math.max(...times) > SLOW) console.log(`  (${one.name}: ${times.join(' and ')} ms)`);
    verdicts.set(one.name, { errno: there.errno, message: there.message });
    if (there.errno === 0) accepted++;
    if (show(there) === show(ours)) continue;
    differ++;
    console.log(`- ${one.name}\n    kernel: ${show(there)}\n    here:   ${show(ours)}`);
  }
  console.log(`${area.name}: ${area.cases.length} programs, ${accepted} accepted by the kernel, ${differ} differ`);
  writeRecorded(area, verdicts);
}

function both(one: Case, level: number, kernel: Side, here: Side): void {
  for (const [name, side] of [['kernel', kernel], ['here', here]] as const) {
    const loaded = side.load(one, level);
    console.log(`${name}: ${show(loaded)}\n${loaded.log}`);
  }
} // biome-ignore format: short

async function main(): Promise<void> {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const runtime = await Runtime.create({ workers: 0 });
  const [there, here] = [kernelSide(kernel), ourSide(runtime)];
  const [, , wanted = '', level = '2'] = process.argv;
  const cases = AREAS.flatMap((area) => area.cases).filter((one) => one.name.includes(wanted));
  const areas = AREAS.filter(({ name }) => name.includes(wanted));
  if (areas.length > 0) for (const area of areas) compare(area, there, here);
  else for (const one of cases) both(one, Number(level), there, here);
  kernel[Symbol.dispose]();
  await runtime.close();
}

await main();
