/**
 * Differential fuzzing: `node build/test/verifier/fuzz/run.js [seconds] [first seed] [count] [segments]`. Prints agreement on
 * accepted and on refused programs, and the classes of disagreement with a seed for each.
 */
import { openKernel } from '#dist/cli/kernel/index.js';
import { Generator } from './generate/index.js';
import { Peers, type Verdict } from './peer.js';

interface Tally {
  accepted: number;
  acceptedAgree: number;
  refused: number;
  refusedAgree: number;
  errnoAgree: number;
  messageAgree: number;
  /** Programs with the same count of processed instructions. */
  sameProcessed: number;
  moreProcessed: number;
  readonly classes: Map<string, { count: number; seed: number }>;
  readonly messages: Map<string, number>;
}

export function shape(message: string): string {
  return message
    .replace(/0x[0-9a-f]+/g, 'H')
    .replace(/R\d+/g, 'R#')
    .replace(/-?\d+/g, 'N');
}

function note(tally: Tally, seed: number, kernel: Verdict, here: Verdict): void {
  if (kernel.errno === 0 && here.errno === 0) {
    if (kernel.processed === here.processed) tally.sameProcessed++;
    else if (here.processed > kernel.processed) tally.moreProcessed++;
  }
  const describe = ({ errno, message }: Verdict): string => (errno === 0 ? 'accepted' : `${errno} ${shape(message)}`);
  if (kernel.errno === 0) {
    tally.accepted++;
    if (here.errno === 0) tally.acceptedAgree++;
  } else {
    tally.refused++;
    tally.messages.set(shape(kernel.message), (tally.messages.get(shape(kernel.message)) ?? 0) + 1);
    if (here.errno !== 0) tally.refusedAgree++;
    if (here.errno === kernel.errno) tally.errnoAgree++;
    if (here.message === kernel.message) tally.messageAgree++;
  }
  const same = kernel.errno === here.errno && (kernel.errno === 0 || shape(kernel.message) === shape(here.message));
  if (same) return;
  const key = `kernel: ${describe(kernel)} | here: ${describe(here)}`;
  const seen = tally.classes.get(key);
  if (seen) seen.count++;
  else tally.classes.set(key, { count: 1, seed });
}

function report(tally: Tally): void {
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)}%`;
  const total = tally.accepted + tally.refused;
  console.log(`${total} programs, ${percent(tally.accepted, total)} accepted by the kernel`);
  console.log(
    `agree on accepted ${percent(tally.acceptedAgree, tally.accepted)}, on refused ${percent(tally.refusedAgree, tally.refused)}`,
  );
  console.log(
    `same errno ${percent(tally.errnoAgree, tally.refused)}, same final message ${percent(tally.messageAgree, tally.refused)} of refused`,
  );
  const { sameProcessed, moreProcessed, acceptedAgree } = tally;
  console.log(
    `same processed count ${percent(sameProcessed, acceptedAgree)}, more ${percent(moreProcessed, acceptedAgree)} of accepted`,
  );
  const top = [...tally.messages].sort((a, b) => b[1] - a[1]).slice(0, 12);
  for (const [message, count] of top) console.log(`  ${percent(count, tally.refused)} ${message}`);
  for (const [key, { count, seed }] of [...tally.classes].sort((a, b) => b[1].count - a[1].count).slice(0, 60)) {
    console.log(`${count}  seed ${seed}  ${key}`);
  }
}

function main(): void {
  const [seconds = 30, first = 1, count = 1_000_000, segments = 7] = process.argv.slice(2).map(Number);
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const peers = new Peers(kernel);
  const tally: Tally = {
    accepted: 0,
    acceptedAgree: 0,
    refused: 0,
    refusedAgree: 0,
    errnoAgree: 0,
    messageAgree: 0,
    sameProcessed: 0,
    moreProcessed: 0,
    classes: new Map(),
    messages: new Map(),
  };
  const end = performance.now() + seconds * 1000;
  for (let seed = first; seed < first + count && performance.now() < end; seed++) {
    const program = new Generator(seed, peers.fds, segments).program();
    const kernelSays = peers.kernel(program);
    let here: Verdict;
    try {
      here = peers.here(program);
    } catch (error) {
      here = {
        errno: 999,
        message: `threw ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`,
        log: '',
        processed: 0,
      };
    }
    note(tally, seed, kernelSays, here);
  }
  report(tally);
  kernel[Symbol.dispose]();
}

main();
