/** What libbpf and the live kernel make of an object, by a small C program that is compiled when it is needed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest, mapName, type Observation } from './observe.js';

const SOURCE = fileURLToPath(new URL('../../../test/realworld/peer.c', import.meta.url));

interface Line {
  readonly program: string;
  readonly errno: number;
  readonly message: string;
  readonly runs: readonly string[];
  readonly maps: Readonly<Record<string, readonly string[]>>;
}

export interface KernelObserver {
  observe(objectPath: string, packets: readonly Uint8Array[]): Observation[];
}

/** The observer, or why there is none. */
export function openKernel(): KernelObserver | string {
  if (process.platform !== 'linux') return `no bpf(2) on ${process.platform}`;
  if (process.getuid?.() !== 0) return 'bpf(2) wants root';
  if (!release().startsWith('6.18.')) return `the rules are those of Linux 6.18, this is ${release()}`;
  const directory = mkdtempSync(join(tmpdir(), 'innermap-peer-'));
  const peer = join(directory, 'peer');
  const built = spawnSync('cc', ['-O1', '-o', peer, SOURCE, '-lbpf'], { encoding: 'utf8' });
  if (built.status !== 0) return `no C compiler with libbpf: ${built.error?.message ?? built.stderr.split('\n')[0]}`;
  return {
    observe(objectPath, packets) {
      const list = join(directory, 'packets');
      writeFileSync(list, packets.map((packet) => `${Buffer.from(packet).toString('hex')}\n`).join(''));
      const run = spawnSync(peer, [objectPath, list], { encoding: 'utf8', maxBuffer: 1 << 28 });
      if (run.status !== 0) throw new Error(`peer ${objectPath}: ${run.stderr}`);
      return run.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => digested(JSON.parse(line) as Line));
    },
  };
}

function digested({ runs, maps, ...line }: Line): Observation {
  return {
    ...line,
    runs: runs.map((run) => run.replace(/:(.*)$/, (_, packet: string) => `:${digest(packet)}`)),
    maps: Object.fromEntries(
      Object.entries(maps).map(([name, all]) => [mapName(name), digest([...all].sort().join())]),
    ),
  };
}
