import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = new URL('../../../', import.meta.url);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run the `innermap` command to its end. */
export function innermap(...args: string[]): Promise<Outcome> {
  const main = fileURLToPath(new URL('dist/cli/main.js', root));
  const child = spawn(process.execPath, [main, ...args], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
