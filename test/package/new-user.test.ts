/** The README's way to the first verdict of a C program of one's own works as it is written there. No network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { install, root } from './install.js';

interface Step {
  readonly command?: string;
  readonly file?: string;
  readonly text?: string;
}

interface Script {
  readSteps(): { steps: Step[]; output: string };
  follow(steps: Step[], where: { directory: string; scratch: string }): { output: string }[];
  withoutTimes(output: string): string;
}

const script = async <T>(name: string) => (await import(new URL(`scripts/${name}`, `file://${root}`).href)) as T;
const { readSteps, follow, withoutTimes } = await script<Script>('new-user.mjs');
const { findClang } = await script<{ findClang(): { command: string } | null }>('build-examples.mjs');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { steps, output } = readSteps();

/** Why no BPF program can be compiled here, if so. */
function whyNot(): string | undefined {
  const clang = findClang();
  if (!clang) return 'no clang here';
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const probe = spawnSync(
    clang.command,
    ['-E', '-target', 'bpf', `-I/usr/include/${machine}-linux-gnu`, '-x', 'c', '-'],
    {
      input: '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n',
    },
  );
  return probe.status === 0 ? undefined : 'the headers of Linux or of libbpf are not here';
}

describe("the README's own C program", () => {
  const scratch = mkdtempSync(join(tmpdir(), 'innermap-new-user-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  test('is packed, installed into an empty directory, written, compiled and run', () => {
    assert.deepEqual(
      steps.slice(0, 3).map(({ command }) => command),
      ['npm pack', 'cd "$(mktemp -d)"', `npm install "$OLDPWD/innermap-${version}.tgz"`],
    );
    assert.deepEqual(
      steps.slice(3).map(({ command, file }) => command?.split(' ', 2).join(' ') ?? file),
      ['first.bpf.c', 'clang -O2', "echo '{", 'npx innermap'],
    );
  });

  test('has its time in the README, with the command that takes it, under two minutes', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const said = /`node scripts\/new-user\.mjs` .*?: (\d+) seconds/s.exec(readme)?.[1];
    assert.ok(Number(said) > 0 && Number(said) < 120, `${said} seconds`);
  });

  const skip = whyNot() ?? false;
  test('gives the verdict that the README shows', { skip }, () => {
    const folder = join(scratch, 'project');
    mkdirSync(folder);
    install(folder);
    // What `npm install` does with the package's `bin`.
    const bin = join(folder, 'node_modules/.bin');
    mkdirSync(bin);
    symlinkSync('../innermap/dist/cli/main.js', join(bin, 'innermap'));
    chmodSync(join(folder, 'node_modules/innermap/dist/cli/main.js'), 0o755);
    const done = follow(steps.slice(3), { directory: folder, scratch });
    assert.equal(withoutTimes(done.at(-1)?.output ?? ''), withoutTimes(output));
  });
});
