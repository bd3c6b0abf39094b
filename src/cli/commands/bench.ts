import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Command } from '../command.js';
import { UsageError } from '../output/errors.js';
import { Interruption } from '../output/interruption.js';

/** The benchmark is part of the repository, not of the package: it needs the kernel's programs and koffi. */
const ROOT = new URL('../../../', import.meta.url);
const MAIN = new URL('build/bench/main.js', ROOT);

export const command: Command = {
  usage: `usage: innermap bench [options]

Nanoseconds per operation, beside the kernel where bpf(2) is usable. Runs in a clone of the repository.
The options are those of npm run bench:

  --only NAME      only this program (may be given several times)
  --quick          short samples: a rough picture in a few seconds
  --swap           also: lookups while a thousand tables a second are swapped
  --readers        also: readers in plain JavaScript, beside the usual ways to share a table
  --kernel-only    only the kernel's column
  --json FILE      also write the results as JSON into FILE, or { "error": … } when it fails`,
  endsOnInterrupt: true,
  async main(args, _terminal, interrupted) {
    if (!existsSync(MAIN)) await build(interrupted);
    return runNode([fileURLToPath(MAIN), ...args], interrupted);
  },
};

/** Compile the repository's tests and benchmarks. Throws outside a clone. */
async function build(interrupted: AbortSignal): Promise<void> {
  const config = new URL('tsconfig.tests.json', ROOT);
  if (!existsSync(config))
    throw new UsageError('the benchmark is not part of the package: clone the repository and run npm run bench');
  const compiler = createRequire(config).resolve('typescript/bin/tsc');
  const code = await runNode([compiler, '-b', fileURLToPath(config)], interrupted);
  if (code !== 0) throw new Error(`the benchmark does not compile: tsc ended with code ${code}`);
}

async function runNode(args: readonly string[], interrupted: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [...args], { stdio: 'inherit' });
  interrupted.addEventListener('abort', () => child.kill('SIGINT'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== null) return code;
  throw interrupted.aborted ? new Interruption() : new Error(`the benchmark was ended by ${signal}`);
}
