/**
 * Compile `src/shared/core` (AssemblyScript) to `dist/shared/core.wasm`, and the builds for tests to
 * `dist/shared/core-steps.wasm` (kill points) and `dist/shared/core-mutant-NAME.wasm` (kill points, and a bug). All
 * come from the same sources: they differ in the constants of `build.ts`, which this script supplies.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** True if `dist` holds every build that is asked for, made from the sources as they are. */
function isUpToDate(root, names) {
  const sources = join(root, 'src/shared/core');
  const files = readdirSync(sources, { recursive: true }).map((file) => join(sources, String(file)));
  const newest = Math.max(...[...files, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs));
  const built = names.map(
    (name) => statSync(join(root, `dist/shared/${name}.wasm`), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.min(...built) > newest;
}

/**
 * Compile `core`, and unless `which` is 'core' every other build, unless they are up to date. The builds for tests are one compilation, in which MUTANT is a
 * global instead of a constant: each mutant is that module with another initial value. Throws when one does not compile.
 */
export async function buildCores(root, which) {
  const out = join(root, 'dist/shared');
  mkdirSync(out, { recursive: true });
  if (!isUpToDate(root, [PLAIN])) writeFileSync(join(out, `${PLAIN}.wasm`), await compile(root, PLAIN));
  if (which === PLAIN || isUpToDate(root, [STEPS, ...Object.keys(mutantBuilds(root))])) return;
  const steps = await compile(root, STEPS);
  writeFileSync(join(out, `${STEPS}.wasm`), steps);
  for (const [name, number] of Object.entries(mutantBuilds(root))) {
    writeFileSync(join(out, `${name}.wasm`), withGlobal(steps, 'MUTANT', number));
  }
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
