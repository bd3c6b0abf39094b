/**
 * Compile `src/shared/core` (AssemblyScript) to `dist/shared/core.wasm`, and the builds with a fault in them that
 * tests use to `dist/shared/core-NAME.wasm`. All come from the same sources: a build differs from another only in
 * the constants of `build.ts`, which this script supplies.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

/** Constants of each build. Mutants are numbered in `src/shared/core/build.ts`. */
export function coreBuilds(root) {
  const source = readFileSync(join(root, 'src/shared/core/build.ts'), 'utf8');
  const builds = { core: {}, 'core-steps': { STEPS: 1 } };
  for (const [, name, number] of source.matchAll(/^\s*export const MUTANT_(\w+): i32 = (\d+);/gm)) {
    builds[`core-mutant-${name.toLowerCase().replaceAll('_', '-')}`] = { MUTANT: Number(number) };
  }
  return builds;
}

/** Compile `core`, or with `which === 'all'` every build. Throws when one does not compile. */
export async function buildCores(root, which) {
  const builds = coreBuilds(root);
  for (const [name, constants] of Object.entries(builds)) {
    if (which !== 'all' && which !== name) continue;
    await compile(root, name, constants);
  }
}

async function compile(root, name, constants) {
  const files = new Map();
  const out = join(root, 'dist/shared');
  mkdirSync(out, { recursive: true });
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'out.wasm',
      '-O3',
      '--noAssert',
      '--converge',
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '16',
      '--maximumMemory',
      '65536',
      '--importTable',
      '--enable',
      'threads,bulk-memory,simd',
      '--use',
      'abort=',
      '--debug',
    ],
    {
      readFile: (file, base) => sourceOf(join(base ?? '', file), root, constants),
      writeFile: (file, contents) => void files.set(file, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`core build ${name}: ${error.message}\n${stderr.toString()}`);
  const wasm = files.get('out.wasm');
  refuseData(wasm, name);
  writeFileSync(join(out, `${name}.wasm`), wasm);
}

function sourceOf(path, root, constants) {
  let text;
  try {
    text = readFileSync(join(root, 'src/shared/core', path), 'utf8');
  } catch {
    return null; // asc probes for several names of a module
  }
  if (!path.endsWith('build.ts')) return text;
  for (const [constant, value] of Object.entries(constants)) {
    text = text.replace(new RegExp(`(export const ${constant}: i32 = )\\d+`), `$1${value}`);
  }
  return text;
}

/** A data section would be written into the shared arena by every instantiation. */
function refuseData(wasm, name) {
  const module = new WebAssembly.Module(wasm);
  void module;
  let at = 8;
  while (at < wasm.length) {
    const id = wasm[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (id === 11) throw new Error(`core build ${name} has a data section: no strings, no static arrays in the core`);
    at += size;
  }
}
