/** `node build/test/verifier/fuzz/show.js SEED [level] [segments]`: the program of a seed, with both logs. */
import { openKernel } from '#dist/cli/kernel/index.js';
import { Generator } from './generate/index.js';
import { Peers } from './peer.js';

function main(): void {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const peers = new Peers(kernel);
  const program = new Generator(Number(process.argv[2] ?? 1), peers.fds, Number(process.argv[4] ?? 7)).program();
  const level = Number(process.argv[3] ?? 2);
  console.log(`kernel:\n${peers.kernel(program, level).log}`);
  console.log(`here:\n${peers.here(program, level).log}`);
  kernel[Symbol.dispose]();
}

main();
