/** What holds for every command: errors, exit codes, JSON, pipes that break, and Ctrl+C. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ending, example, innermap, type Outcome, start } from './support.js';

const directory = mkdtempSync(join(tmpdir(), 'innermap-conventions-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, contents: string): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const FINE = file('fine.s', 'r0 = 2\nexit\n');
const REFUSED = file('refused.s', 'r0 = *(u64 *)(r1 + 64)\nexit\n');
const NOTHING = file('nothing.txt', 'neither an object nor assembly');
/** Each has its own way to its options: the others have those of `verify`. */
const COMMANDS = ['run', 'verify', 'map', 'bench', 'demo'];

/** One line on the standard error, by the name of the command. */
function complains({ code, stderr }: Outcome, exitCode: number, message: RegExp): void {
  assert.match(stderr, /^innermap: [^\n]+\n$/);
  assert.match(stderr, message);
  assert.equal(code, exitCode, stderr);
}

describe('an error of the command line', () => {
  for (const command of COMMANDS) {
    it(`is one line that says what was meant, with exit code 2: ${command}`, async () => {
      const args = command === 'map' ? ['map', 'dump', '--jsno'] : [command, '--jsno'];
      const outcome = await innermap(...args);
      complains(outcome, 2, new RegExp(`unknown option --jsno: did you mean --json\\? \\(innermap ${command} --help`));
      assert.equal(outcome.stdout, '');
    });
  }

  it('names commands, values and programs that were meant', async () => {
    complains(await innermap('vrify'), 2, /unknown command vrify: did you mean verify\?/);
    complains(await innermap('--versoin'), 2, /unknown option --versoin: did you mean --version\?/);
    complains(await innermap(), 2, /no command was given: expected one of run, verify/);
    complains(await innermap('run', FINE, '--type', 'xpd'), 2, /--type: given xpd, did you mean xdp\?/);
    complains(await innermap('verify', example('firewall'), '--program', 'firewal'), 2, /did you mean firewall\?/);
    complains(await innermap('map', 'dmp', NOTHING), 2, /action: given dmp, did you mean dump\?/);
  });

  it('says when an option lacks its value, or has one that it does not take', async () => {
    complains(await innermap('run', FINE, '--data'), 2, /--data: given nothing, expected a value/);
    complains(await innermap('run', FINE, '--data', '--json'), 2, /--data: given --json, expected a value/);
    complains(await innermap('run', FINE, '--trace=yes'), 2, /--trace: given yes, expected no value/);
  });

  it('names the file that is missing or not of its kind, with exit code 2', async () => {
    const missing = join(directory, 'missing');
    for (const args of [['run'], ['verify'], ['replay']])
      complains(await innermap(...args, missing), 2, /missing: there is no such file/);
    complains(await innermap('bench', '--json', join(missing, 'x.json')), 2, /--json: .*x\.json cannot be written/);
    for (const args of [['types'], ['replay'], ['demo', '--pcap'], ['run', FINE, '--pcap'], ['map', 'dump']])
      complains(await innermap(...args, NOTHING), 2, /nothing\.txt: /);
  });

  it('has exit code 1 when what was asked about failed', async () => {
    complains(await innermap('run', REFUSED), 1, /EACCES: PROG_LOAD: instruction 0: invalid bpf_context access/);
    const other = file(
      'other.jsonl',
      '{"name":"meta","ops":[],"env":{"possible_cpus":2}}\n{"name":"a","ops":[{"op":"close","ret":0,"map":"none"}]}\n',
    );
    const { code, stdout } = await innermap('replay', other);
    assert.equal(code, 1, stdout);
  });

  it('shows its stack only with --debug or INNERMAP_DEBUG', async () => {
    for (const outcome of [
      await innermap('run', REFUSED, '--debug'),
      await ending(start(['run', REFUSED], { INNERMAP_DEBUG: '1' })),
    ]) {
      assert.equal(outcome.code, 1);
      assert.match(outcome.stderr, /^ {4}at .+\.js/m);
    }
  });

  it('is a JSON document on the standard output with --json', async () => {
    for (const [args, exitCode] of [
      [['run', REFUSED], 1],
      [['verify', NOTHING], 2],
      [['demo', '--seconds', '0'], 2],
      [['nonsense'], 2],
    ] as const) {
      const outcome = await innermap(...args, '--json');
      assert.equal(outcome.code, exitCode, args.join(' '));
      const document = JSON.parse(outcome.stdout) as { error: { message: string }; exitCode: number };
      assert.equal(document.exitCode, exitCode);
      assert.ok(document.error.message.length > 0);
    }
  });
});

describe('a pipe that breaks', () => {
  it('ends the command quietly when it is the standard output', async () => {
    for (const args of [
      ['dump', example('load-balancer'), '--wat'],
      ['run', FINE, '--data', '00'.repeat(64), '--trace', '--repeat', '4294967295'],
    ]) {
      const child = start(args);
      child.stdout.once('data', () => child.stdout.destroy());
      const { code, stderr } = await ending(child);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args[0]);
    }
  });

  it('changes nothing when it is the standard error', async () => {
    const child = start(['run', REFUSED, '--json']);
    child.stderr.destroy();
    const { code, stdout } = await ending(child);
    assert.equal(code, 1);
    assert.equal((JSON.parse(stdout) as { exitCode: number }).exitCode, 1);
  });
});

describe('Ctrl+C', () => {
  /** Interrupt a command once it has begun to print. */
  async function interrupt(...args: string[]): Promise<Outcome> {
    const child = start(args);
    const end = ending(child);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    return end;
  }

  it('ends a program that runs on the main thread', async () => {
    const { code, stderr } = await interrupt(
      'run',
      FINE,
      '--data',
      '00'.repeat(64),
      '--trace',
      '--repeat',
      '4294967295',
    );
    assert.equal(code, 130);
    assert.equal(stderr, 'innermap: interrupted\n');
  });

  it('ends the demo with its figures', async () => {
    const { code, stdout, stderr } = await interrupt('demo', '--seconds', '3600', '--workers', '1', '--no-kernel');
    assert.equal(code, 130);
    assert.equal(stderr, '');
    assert.match(stdout, /^violations: 0$/m);
  });
});
