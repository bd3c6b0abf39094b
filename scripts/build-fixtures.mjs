/**
 * Rebuild the objects of `test/fixtures/object` from their C sources, with the compilers that are there.
 *
 *   node scripts/build-fixtures.mjs           build what the installed compilers can build
 *   node scripts/build-fixtures.mjs --check   say which committed objects differ from what is built now
 *
 * Needs clang-14, clang-16, clang-19 (any of them), llvm-strip of the same version, and libbpf's headers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../test/fixtures/object/', import.meta.url));
const built = join(folder, 'built');
const check = process.argv.includes('--check');

/** Compiler and instruction set of each object; -mcpu=v4 is known from clang 18 on. */
const EVERYWHERE = ['14.v2', '14.v3', '16.v2', '16.v3', '19.v2', '19.v3', '19.v4'];
const RECENT = ['14.v3', '16.v3', '19.v3', '19.v4'];
/** By source. Objects without debug information carry `.plain` in their names. */
const PLAN = {
  'atomics.bpf.c': { sets: RECENT },
  'callbacks.bpf.c': { sets: RECENT },
  'core.bpf.c': { sets: ['14.v3', '16.v3', '19.v3'] },
  'core-target.c': { sets: ['19.v3'] },
  'externs.bpf.c': { sets: ['14.v3', '19.v3'] },
  'forward.bpf.c': { sets: ['14.v2', '16.v3', '19.v4'] },
  'forward-remedies.bpf.c': { sets: ['14.v2', '16.v3', '19.v4'] },
  'globals.bpf.c': { sets: EVERYWHERE, plain: ['14.v2', '16.v3', '19.v3', '19.v4'] },
  'legacy.bpf.c': { sets: ['19.v3'], plain: EVERYWHERE },
  'loops.bpf.c': { sets: EVERYWHERE, plain: EVERYWHERE },
  'map-in-map.bpf.c': { sets: EVERYWHERE },
  'map-types.bpf.c': { sets: EVERYWHERE, whole: ['19.v3'] },
  'subprograms.bpf.c': { sets: EVERYWHERE, plain: ['14.v2', '19.v3'] },
  'tail-calls.bpf.c': { sets: RECENT },
  'wide.bpf.c': { sets: ['19.v4'], plain: ['19.v4'] },
};

const target = check ? mkdtempSync(join(tmpdir(), 'fixtures-')) : built;
mkdirSync(target, { recursive: true });
const missing = new Set();
const different = [];
let count = 0;

for (const [source, { sets, plain = [], whole = [] }] of Object.entries(PLAN)) {
  for (const set of sets) build(source, set, 'debug');
  for (const set of plain) build(source, set, 'plain');
  for (const set of whole) build(source, set, 'dwarf');
}
for (const version of missing) console.log(`clang-${version} is not here: its objects are left as they are`);
if (check) {
  rmSync(target, { recursive: true });
  for (const name of different) console.log(`differs: ${name}`);
  process.exitCode = different.length > 0 ? 1 : 0;
}
console.log(`${count} objects ${check ? 'compared' : 'built'}; ${readdirSync(built).length} are committed`);

/** `debug` keeps BTF and drops DWARF, `dwarf` keeps both, `plain` has neither. */
function build(source, set, kind) {
  const [version, cpu] = set.split('.');
  const clang = `clang-${version}`;
  if (spawnSync(clang, ['--version']).status !== 0) {
    missing.add(version);
    return;
  }
  const suffix = kind === 'debug' ? '' : `.${kind}`;
  const name = `${source.replace(/(\.bpf)?\.c$/, '')}.clang${version}.${cpu}${suffix}.o`;
  const output = join(target, name);
  const debug = kind === 'plain' ? [] : ['-g'];
  run(clang, [
    '-ffile-compilation-dir=.',
    '-target',
    'bpf',
    `-mcpu=${cpu}`,
    '-O2',
    ...debug,
    '-Wall',
    '-Wno-unused',
    '-c',
    source,
    '-o',
    output,
  ]);
  // Names of build folders would make the bytes depend on the machine.
  if (kind === 'debug') run(`llvm-strip-${version}`, ['-g', output]);
  count++;
  const committed = join(built, name);
  if (check && !(existsSync(committed) && readFileSync(committed).equals(readFileSync(output)))) different.push(name);
}

function run(command, parameters) {
  const result = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${command} ${parameters.join(' ')}\n${result.stderr ?? result.error?.message}`);
  process.exit(1);
}
