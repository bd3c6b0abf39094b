import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANGS } from '../timing.js';

const root = join(dirname(fileURLToPath(import.meta.resolve('innermap'))), '..');
// Inside the package, so that `innermap` names the package itself.
const directory = join(root, 'build', `readme-${process.pid}`);

interface Block {
  heading: string;
  code: string;
}

/** The JavaScript blocks of the README with the headings they stand under. */
function blocks(): Block[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const found: Block[] = [];
  let heading = '';
  for (const match of text.matchAll(/^#+ ([^\n]+)$|^```js\n(.*?)^```$/gms)) {
    if (match[1] !== undefined) heading = match[1];
    else found.push({ heading, code: match[2] as string });
  }
  return found;
}

/** What the comments say that is printed. */
function promised(code: string): string[] {
  return [...code.matchAll(/\/\/ → (.+)$/gm)].map((match) => match[1] as string);
}

/** `await using` needs a newer Node than 20: there the block ends without disposing. */
function forThisNode(code: string): string {
  return code.replaceAll(/^await using /gm, 'const ');
}

after(() => rmSync(directory, { recursive: true, force: true }));

describe('the code of the README', () => {
  mkdirSync(directory, { recursive: true });
  const all = blocks();

  it('is there', () => assert.ok(all.length >= 5, `${all.length} blocks found`));

  all.forEach(({ heading, code }, index) => {
    it(`prints what it says: ${heading}`, () => {
      const file = join(directory, `${index}.mjs`);
      writeFileSync(file, forThisNode(code));
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file], {
        encoding: 'utf8',
        timeout: HANGS,
      });
      assert.equal(status, 0, `${signal ?? ''}\n${stderr}`);
      assert.deepEqual(stdout.trimEnd().split('\n'), promised(code));
      assert.notEqual(promised(code).length, 0, 'the block prints nothing');
    });
  });
});
