import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANGS } from '../timing.js';

const root = join(dirname(fileURLToPath(import.meta.resolve('innermap'))), '..');
const EXAMPLE = join(root, 'examples/first');
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

/** The lines that the README's blocks of commands have, those that begin with npm or install apart. */
function commands(): string[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

/** A directory in which the README's file names mean something. */
function prepare(): void {
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(EXAMPLE, 'first.bpf.o'), join(directory, 'first.bpf.o'));
  copyFileSync(join(root, 'examples/load-balancer/traffic.pcap'), join(directory, 'traffic.pcap'));
  copyFileSync(join(root, 'test/golden/mim.jsonl'), join(directory, 'recorded.jsonl'));
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
  before(prepare);
  const all = blocks();

  it('is, as C, that of the example', () => {
    const [, source] = /^```c\n(.*?)^```$/ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    assert.equal(source, readFileSync(join(EXAMPLE, 'first.bpf.c'), 'utf8'));
  });

  it('is there', () => assert.ok(all.length >= 5, `${all.length} blocks found`));

  all.forEach(({ heading, code }, index) => {
    it(`prints what it says: ${heading}`, () => {
      const file = join(directory, `${index}.mjs`);
      writeFileSync(file, forThisNode(code));
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file], {
        encoding: 'utf8',
        timeout: HANGS,
        cwd: directory,
      });
      assert.equal(status, 0, `${signal ?? ''}\n${stderr}`);
      assert.deepEqual(stdout.trimEnd().split('\n'), promised(code));
      assert.notEqual(promised(code).length, 0, 'the block prints nothing');
    });
  });
});

describe('the commands of the README', () => {
  before(prepare);
  // The way to the first verdict has a test of its own: test/package/new-user.test.ts.
  const lines = commands().slice(commands().findIndex((line) => line.startsWith('innermap ')));

  it('are there', () => assert.ok(lines.length >= 9, `${lines.length} commands found`));

  for (const line of lines) {
    const [command = '', said] = line.split(/ +# (?:→ )?/);
    it(`work: ${command}`, () => {
      const main = join(root, 'dist/cli/main.js');
      const script = `innermap() { "${process.execPath}" "${main}" "$@"; }\n${command}`;
      const run = spawnSync('bash', ['-c', script], { encoding: 'utf8', timeout: HANGS, cwd: directory });
      assert.equal(run.status, 0, `${run.signal ?? ''}\n${run.stdout}${run.stderr}`);
      if (line.includes('→')) assert.ok(run.stdout.includes(said as string), run.stdout);
      else if (!command.includes(' > ')) assert.notEqual(run.stdout, '');
    });
  }
});
