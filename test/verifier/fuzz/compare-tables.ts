/** Every probe of the tables in the live kernel and here: `node build/test/verifier/fuzz/compare-tables.js [contexts|opcodes|helpers]`. */
import { openKernel } from '#dist/cli/kernel/index.js';
import { Peers } from './peer.js';
import { CONTEXTS, contextProbes, helperProbes, opcodeProbes, type Probe } from './tables.js';

export interface Difference {
  readonly name: string;
  readonly kernel: string;
  readonly here: string;
}

export function differences(peers: Peers, probes: readonly Probe[]): Difference[] {
  const found: Difference[] = [];
  for (const { name, program } of probes) {
    const [kernel, here] = [peers.kernel(program), peers.here(program)].map(
      ({ errno, message }) => `${errno} ${message}`,
    );
    if (kernel !== here) found.push({ name, kernel: kernel ?? '', here: here ?? '' });
  }
  return found;
}

export const FAMILIES: Readonly<Record<string, () => Probe[]>> = {
  contexts: () => CONTEXTS.flatMap(([name, type, end]) => contextProbes(name, type, end)),
  opcodes: () => Array.from({ length: 256 }, (_, opcode) => opcodeProbes(opcode)).flat(),
  helpers: () =>
    CONTEXTS.flatMap(([name, type]) => [...helperProbes(name, type, 'none'), ...helperProbes(name, type, 'numbers')]),
};

function main(): void {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const peers = new Peers(kernel);
  const wanted = process.argv[2];
  for (const [family, probes] of Object.entries(FAMILIES)) {
    if (wanted !== undefined && wanted !== family) continue;
    const all = probes();
    const found = differences(peers, all);
    console.log(`${family}: ${all.length} programs, ${found.length} differ`);
    for (const { name, kernel: there, here } of found) console.log(`${name} | kernel: ${there} | here: ${here}`);
  }
}

if (process.argv[1]?.endsWith('compare-tables.js')) main();
