/**
 * Compile `src/shared/core` (AssemblyScript) to `dist/shared/core.wasm`, and the builds for tests to
 * `dist/shared/core-steps.wasm` (kill points) and `dist/shared/core-mutant-NAME.wasm` (kill points, and a bug). All
 * come from the same sources: they differ in the constants of `build.ts`, which this script supplies.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

const PLAIN = 'core';
const STEPS = 'core-steps';

/** Numbers of the mutants by the name of their build, from `src/shared/core/build.ts`. */
export function mutantBuilds(root) {
  const source = readFileSync(join(root, 'src/shared/core/build.ts'), 'utf8');
  const numbered = source.matchAll(/^\s*export const MUTANT_(\w+): i32 = (\d+);/gm);
  return Object.fromEntries(
    [...numbered].map(([, name, number]) => [`core-mutant-${name.toLowerCase().replaceAll('_', '-')}`, Number(number)]),
  );
}

/** Hash of everything that a build is made of: the sources, this script, and the compiler's version. */
function ingredients(root) {
  const hash = createHash('sha256');
  const sources = join(root, 'src/shared/core');
  const files = readdirSync(sources, { recursive: true })
    .map((file) => join(sources, String(file)))
    .filter((file) => file.endsWith('.ts'))
    .sort();
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/package.json'));
  for (const file of [...files, fileURLToPath(import.meta.url), compiler]) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/**
 * Compile `core`, and unless `which` is 'core' every other build too; what was built from the same ingredients
 * stays as it is. The builds for tests are one compilation, in which MUTANT is a global instead of a constant: each
 * mutant is that module with another initial value. Throws when one does not compile.
 */
export async function buildCores(root, which) {
  const mutants = mutantBuilds(root);
  const made = ingredients(root);
  mkdirSync(join(root, 'dist/shared'), { recursive: true });
  const missing = (names) => names.some((name) => stampOf(root, name) !== made);
  await Promise.all([
    missing([PLAIN]) && compileInThread(root, PLAIN).then((wasm) => keep(root, PLAIN, wasm, made)),
    which !== PLAIN &&
      missing([STEPS, ...Object.keys(mutants)]) &&
      compileInThread(root, STEPS).then((steps) => {
        for (const [name, number] of Object.entries(mutants)) {
          keep(root, name, withGlobal(steps, 'MUTANT', number), made);
        }
        keep(root, STEPS, steps, made);
      }),
  ]);
}

const wasmFile = (root, name) => join(root, `dist/shared/${name}.wasm`);
const stampFile = (root, name) => join(root, `dist/shared/${name}.stamp`);

/** What the build that is there was made of, or null. */
function stampOf(root, name) {
  if (!existsSync(wasmFile(root, name)) || !existsSync(stampFile(root, name))) return null;
  return readFileSync(stampFile(root, name), 'utf8');
}

/** The stamp comes last: a build that was interrupted is made again. */
function keep(root, name, wasm, made) {
  rmSync(stampFile(root, name), { force: true });
  writeFileSync(wasmFile(root, name), wasm);
  writeFileSync(stampFile(root, name), made);
}

/** Two builds on two cores: each compilation has a thread of its own. */
async function compileInThread(root, name) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { root, name } });
  const [wasm] = await once(worker, 'message');
  return wasm;
}

async function compile(root, name) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      'index.ts', '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--sharedMemory',
      '--initialMemory', '16', '--maximumMemory', '65536', '--importTable', '--enable', 'threads,bulk-memory,simd',
      '--use', 'abort=', '--debug',
    ], // biome-ignore format: a list of words
    {
      readFile: (file, base) => sourceOf(join(base ?? '', file), root, name),
      writeFile: (file, contents) => void files.set(file, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`core build ${name}: ${error.message}\n${stderr.toString()}`);
  const wasm = files.get('out.wasm');
  refuseData(wasm, name);
  return wasm;
}

function sourceOf(path, root, name) {
  let text;
  try {
    text = readFileSync(join(root, 'src/shared/core', path), 'utf8');
  } catch {
    return null; // asc probes for several names of a module
  }
  if (name === PLAIN) return text;
  if (path === 'build.ts') {
    return text
      .replace('export const STEPS: i32 = 0', 'export const STEPS: i32 = 1')
      .replace('export const MUTANT: i32 = 0', 'export let MUTANT: i32 = 0');
  }
  return path === 'index.ts' ? `${text}\nexport { MUTANT } from './build';\n` : text;
}

const SECTION_GLOBAL = 6;
const SECTION_EXPORT = 7;
const SECTION_DATA = 11;
const KIND_GLOBAL = 3;
const OP_I32_CONST = 0x41;
const OP_END = 0x0b;

/** A copy of the module in which the exported i32 global has another initial value, below 64. */
function withGlobal(wasm, name, value) {
  const copy = Uint8Array.from(wasm);
  const reader = readerOf(copy);
  const at = globalInitial(reader, exportedGlobal(reader, name));
  if (copy[at] !== OP_I32_CONST || copy[at + 2] !== OP_END || value > 63)
    throw new Error(`global ${name} cannot be set`);
  copy[at + 1] = value;
  return copy;
}

/** Index of an exported global. The core imports none. */
function exportedGlobal(reader, name) {
  reader.at = reader.section(SECTION_EXPORT);
  for (let left = reader.number(); left > 0; left--) {
    const length = reader.number();
    const text = new TextDecoder().decode(reader.bytes.subarray(reader.at, reader.at + length));
    reader.at += length;
    const kind = reader.bytes[reader.at++];
    const index = reader.number();
    if (text === name && kind === KIND_GLOBAL) return index;
  }
  throw new Error(`no exported global ${name}`);
}

/** Where the initial value's instruction of global number `index` lies. */
function globalInitial(reader, index) {
  reader.at = reader.section(SECTION_GLOBAL);
  reader.number();
  for (let left = index; left > 0; left--) {
    reader.at += 2;
    while (reader.bytes[reader.at] !== OP_END) {
      reader.at++;
      reader.number();
    }
    reader.at++;
  }
  return reader.at + 2;
}

function readerOf(bytes) {
  return {
    bytes,
    at: 0,
    number() {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = this.bytes[this.at++];
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    },
    /** Start of a section's contents, or -1. */
    section(wanted) {
      this.at = 8;
      while (this.at < this.bytes.length) {
        const id = this.bytes[this.at++];
        const size = this.number();
        if (id === wanted) return this.at;
        this.at += size;
      }
      return -1;
    },
  };
}

/** A data section would be written into the shared arena by every instantiation. */
function refuseData(wasm, name) {
  if (readerOf(wasm).section(SECTION_DATA) < 0) return;
  throw new Error(`core build ${name} has a data section: no strings, no static arrays in the core`);
}

// The thread of one compilation; constants above are in place only here.
if (!isMainThread && workerData?.name) parentPort.postMessage(await compile(workerData.root, workerData.name));
