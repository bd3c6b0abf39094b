/** Build `dist`: the core (AssemblyScript to WebAssembly), then the library (TypeScript). `--core` builds the core alone. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildCores } from './core-builds.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(`${root}dist/shared`, { recursive: true });
await buildCores(root, process.argv.includes('--all-cores') ? 'all' : 'core');
copyAssets();
if (!process.argv.includes('--core')) {
  const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', root], { stdio: 'inherit' });
  process.exitCode = tsc.status ?? 1;
}

/** What `innermap demo` reads comes along with the package. */
function copyAssets() {
  const assets = `${root}dist/cli/demo/assets/`;
  mkdirSync(assets, { recursive: true });
  for (const file of ['load-balancer.bpf.c', 'load-balancer.bpf.o', 'traffic.pcap']) {
    copyFileSync(`${root}examples/load-balancer/${file}`, `${assets}${file}`);
  }
}
