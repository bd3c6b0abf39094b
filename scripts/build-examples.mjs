/**
 * Build the examples' BPF objects with clang, and record what they were built from in `examples/objects.json`:
 * a test compares that with the sources. `--check` builds nothing and says which objects are out of date.
 * Without clang nothing is built: the objects are committed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../examples/', import.meta.url));
const RECORD = join(root, 'objects.json');
const CLANGS = ['clang-19', 'clang', 'clang-20', 'clang-18', 'clang-17', 'clang-16'];
/** Debug paths are relative, so that the same source gives the same bytes in every directory. */
const FLAGS = ['-O2', '-g', '-Wall', '-Werror', '-target', 'bpf', '-mcpu=v3', '-fdebug-compilation-dir=.'];

/** Sources by their path under `examples/`. */
export function exampleSources() {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.bpf.c'))
    .sort();
}

/** SHA-256 of a source and the headers of ours that it includes, directly or not. */
export function sourceHash(source) {
  const hash = createHash('sha256');
  const seen = new Set();
  const add = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(root, file), 'utf8');
    hash.update(`${file}\0${text}\0`);
    for (const [, header] of text.matchAll(/^#include "(.+)"$/gm)) add(join(dirname(file), header));
  };
  add(source);
  return hash.digest('hex');
}

export function objectHash(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export const objectOf = (source) => source.replace(/\.c$/, '.o');
export const readRecord = () => (existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : {});

/** The first clang that is here: its command and version, or null. */
export function findClang() {
  for (const command of CLANGS) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    const version = /clang version (\S+)/.exec(stdout ?? '')?.[1];
    if (status === 0 && version) return { command, version };
  }
  return null;
}

/** Compile one source to `output`. Throws with clang's own words. */
export function compileExample(clang, source, output) {
  const architecture = { x64: 'x86_64', arm64: 'aarch64', riscv64: 'riscv64' }[process.arch] ?? process.arch;
  // Debian keeps <asm/types.h> there.
  const system = ['-idirafter', `/usr/include/${architecture}-linux-gnu`];
  const directory = join(root, dirname(source));
  const args = [...FLAGS, ...system, '-c', basename(source), '-o', output];
  const { status, stderr } = spawnSync(clang.command, args, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source}: ${clang.command} failed\n${stderr}`);
}

function check() {
  const record = readRecord();
  const stale = exampleSources().filter((source) => record[source]?.source !== sourceHash(source));
  for (const source of stale) console.log(`${source}: its object is out of date: run node scripts/build-examples.mjs`);
  process.exit(stale.length === 0 ? 0 : 1);
}

function build() {
  const clang = findClang();
  if (!clang) {
    console.log('no clang here: the committed objects stay as they are');
    return;
  }
  const record = {};
  for (const source of exampleSources()) {
    const output = join(root, objectOf(source));
    compileExample(clang, source, output);
    record[source] = { clang: clang.version, source: sourceHash(source), object: objectHash(output) };
    console.log(`${objectOf(source)}: built by clang ${clang.version}`);
  }
  writeFileSync(RECORD, `${JSON.stringify(record, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.argv.includes('--check') ? check() : build();
