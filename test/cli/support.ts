import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const root = new URL('../../../', import.meta.url);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Running = ChildProcessByStdio<null, Readable, Readable>;

/** Run the `innermap` command to its end. */
export function innermap(...args: string[]): Promise<Outcome> {
  return ending(start(args));
}

/** Run the `innermap` command. */
export function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const main = fileURLToPath(new URL('dist/cli/main.js', root));
  return spawn(process.execPath, [main, ...args], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
}

/** What a command prints to its end, and its exit code. */
export function ending(child: Running): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    outcome.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    outcome.stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...outcome })));
}

export const example = (name: string) => `examples/${name}/${name}.bpf.o`;
