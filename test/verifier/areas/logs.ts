/**
 * `node build/test/verifier/areas/logs.js [level] [part of an area's name]`: how many logs of the cases are the live
 * kernel's, addresses and the search for precision aside, and the first differing lines by class.
 */
import { Runtime } from 'innermap';
import { openKernel } from '#dist/cli/kernel/index.js';
import { AREAS } from './cases/index.js';
import { kernelSide, ourSide } from './sides.js';

/** What is not printed here, or names places in the kernel's memory. */
const LEFT_OUT = /^(mark_precise|Live regs|\s+\d*\s*\d+: [.0-9]{10} |processed |SCC |verification time|stack depth)/;

function lines(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => !LEFT_OUT.test(line))
    .map((line) => line.replace(/\(18\) (r\d+) = \S+\s*/, '(18) $1 '));
}

async function main(): Promise<void> {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const runtime = await Runtime.create({ workers: 0 });
  const [there, here] = [kernelSide(kernel), ourSide(runtime)];
  const level = Number(process.argv[2] ?? 1);
  const classes = new Map<string, { count: number; text: string }>();
  let same = 0;
  let total = 0;
  for (const one of AREAS.filter(({ name }) => name.includes(process.argv[3] ?? '')).flatMap(({ cases }) => cases)) {
    if (one.silent) continue;
    total++;
    const [a, b] = [lines(there.load(one, level).log), lines(here.load(one, level).log)];
    const at = a.findIndex((line, index) => line !== b[index]);
    if (at < 0 && a.length === b.length) {
      same++;
      continue;
    }
    const pair = [a.at(at) ?? '', b[at] ?? ''];
    const key = pair.join('|').replace(/\d+/g, 'N');
    const found = classes.get(key) ?? { count: 0, text: `${one.name}\n    kernel: ${pair[0]}\n    here:   ${pair[1]}` };
    classes.set(key, { ...found, count: found.count + 1 });
  }
  console.log(`${same} of ${total} logs of level ${level} are the same`);
  const most = [...classes.values()].sort((a, b) => b.count - a.count).slice(0, 40);
  for (const { count, text } of most) console.log(`${count} × ${text}`);
  kernel[Symbol.dispose]();
  await runtime.close();
}

await main();
