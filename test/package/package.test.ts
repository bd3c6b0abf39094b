/** The package as users get it: packed, unpacked into a project of its own, compiled and run there. No network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { install, output, type PackedFile, root } from './install.js';

const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** Compile the consumer; what the compiler says, empty if it is content. */
function compile(folder: string, options: Record<string, unknown>): string {
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, outDir: 'out', ...options };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
}

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'innermap-package-'));
  let files: PackedFile[] = [];

  before(() => {
    files = install(folder);
    cpSync(join(root, 'test/package/consumer/consumer.ts'), join(folder, 'consumer.ts'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('holds the library and its core, and neither sources, tests nor builds for tests', () => {
    const paths = files.map(({ path }) => path);
    for (const path of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'dist/shared/core.wasm']) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(
      paths.filter((path) => /core-.*\.wasm$|\.stamp$|^(?:src|test|build|scripts)\//.test(path)),
      [],
    );
  });

  test('compiles into a project that has neither the DOM nor the types of Node', () => {
    assert.equal(compile(folder, { lib: ['es2023'], types: [], skipLibCheck: true }), '');
  });

  test('has declarations that hold without the types of the DOM, checked one by one', () => {
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
    assert.equal(compile(folder, { lib: ['es2023'], types: ['node'], skipLibCheck: false }), '');
  });

  test('names neither piscina nor comlink nor koffi in the declarations that a user gets to see', () => {
    const listed = output(process.execPath, [tsc, '-p', folder, '--listFilesOnly'], folder).split('\n');
    const ours = listed.filter((file) => file.includes('node_modules/innermap/') && file.endsWith('.d.ts'));
    assert.ok(ours.length > 10, `${ours.length} declarations`);
    const leaking = ours.filter((file) => /from '(?:piscina|comlink|koffi)'/.test(readFileSync(file, 'utf8')));
    assert.deepEqual(leaking, []);
  });

  test('runs by import, with nothing but its dependencies', () => {
    assert.equal(compile(folder, { lib: ['es2023'], types: [], skipLibCheck: true }), '');
    const script = "const { found } = await import('./out/consumer.js'); console.log(found);";
    assert.equal(output(process.execPath, ['--input-type=module', '-e', script], folder), '2n\n');
  });

  test('runs by require, where Node can require ESM', (t) => {
    if (!('require_module' in process.features)) {
      t.skip(`Node ${process.version} cannot require ESM`);
      return;
    }
    const script = "console.log(typeof require('innermap').Runtime, typeof require('innermap/reader').attach);";
    assert.equal(output(process.execPath, ['--input-type=commonjs', '-e', script], folder).trim(), 'function function');
  });

  test('brings a command that starts by itself', () => {
    const main = join(folder, 'node_modules/innermap/dist/cli/main.js');
    assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.ok(output(process.execPath, [main, '--version'], folder).includes(version));
  });

  test('says what to install where a live kernel is asked for without koffi', () => {
    const script = `
      const { openKernel } = await import('./node_modules/innermap/dist/cli/kernel/index.js');
      console.log(openKernel().unavailable);
    `;
    const said = output(process.execPath, ['--input-type=module', '-e', script], folder);
    assert.match(said, /npm install koffi|Linux only|not known here/);
  });
});
