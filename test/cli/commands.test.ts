import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { example, innermap } from './support.js';

const directory = mkdtempSync(join(tmpdir(), 'innermap-cli-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

/** A capture with packets of these lengths. */
function capture(...lengths: number[]): Uint8Array {
  const header = Uint32Array.of(0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, 1);
  const records = lengths.map((length) =>
    Buffer.concat([Buffer.from(Uint32Array.of(0, 0, length, length).buffer), Buffer.alloc(length)]),
  );
  return Buffer.concat([Buffer.from(header.buffer), ...records]);
}

const COMMANDS = ['run', 'verify', 'dump', 'types', 'map', 'replay', 'bench', 'demo'];

describe('the innermap command', () => {
  it('lists its subcommands, and says how to use each', async () => {
    assert.deepEqual(await innermap('help', 'types'), await innermap('types', '--help'));
    const { code, stdout } = await innermap('--help');
    assert.equal(code, 0);
    for (const name of COMMANDS) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
      const help = await innermap(name, '--help');
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`^usage: innermap ${name} [^]*^Exit codes: 0 done; 1 `, 'm'));
    }
  });

  it('refuses unknown commands and options with exit code 2 and one clear line', async () => {
    const unknown = await innermap('nonsense');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /^innermap: unknown command nonsense: expected one of run, verify/);
    const option = await innermap('verify', example('firewall'), '--verbose');
    assert.equal(option.code, 2);
    assert.match(option.stderr, /--verbose/);
    assert.doesNotMatch(option.stderr, /at .*\.js/);
  });

  it('says that a file is missing, or is no object', async () => {
    const missing = await innermap('verify', 'nowhere.o');
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /nowhere\.o: there is no such file/);
    assert.equal((await innermap('dump', file('text.o', 'no object'))).code, 2);
  });

  it('prints no colours when nobody watches', async () => {
    const { stdout } = await innermap('verify', example('firewall'));
    assert.ok(!stdout.includes('\u001b'));
  });
});

describe('innermap verify', () => {
  it('prints a report of each program as JSON', async () => {
    const { code, stdout } = await innermap('verify', example('load-balancer'), '--json');
    assert.equal(code, 0);
    const reports = JSON.parse(stdout) as Record<string, unknown>[];
    assert.deepEqual(
      reports.map(({ program, section, type, ok, errno }) => ({ program, section, type, ok, errno })),
      ['load_balancer', 'load_balancer_traced'].map((program) => ({
        program,
        section: 'xdp',
        type: 'xdp',
        ok: true,
        errno: 0,
      })),
    );
    for (const key of ['message', 'source', 'processed', 'log'])
      assert.ok(
        reports.every((report) => key in report),
        key,
      );
  });
});

describe('innermap verify of a program that is refused', () => {
  const built = (name: string) => `test/fixtures/object/built/${name}.clang19.v3.o`;

  it('has the line of the source, as JSON and in the message', async () => {
    const args = [built('core'), '--btf', built('core-target'), '--program', 'unguarded', '--json'];
    const { code, stdout } = await innermap('verify', ...args);
    assert.equal(code, 1);
    const [report] = JSON.parse(stdout) as { source: unknown; message: string }[];
    assert.deepEqual(report?.source, { file: './core.bpf.c', line: 56, text: 'return s->missing;' });
    assert.match(report?.message ?? '', /instruction 2 \(core\.bpf\.c:56: return s->missing;\)/);
  });
});

describe('innermap dump', () => {
  it('shows instructions with source lines, WebAssembly, and the graph', async () => {
    const text = await innermap('dump', example('firewall'));
    assert.match(text.stdout, /^firewall:$/m);
    assert.match(text.stdout, /^; .+ @ \d+$/m);
    assert.match(text.stdout, /r\d = map\[tenants\] ll/);
    const wat = await innermap('dump', example('firewall'), '--wat');
    assert.match(wat.stdout, /^\(module/);
    assert.match(wat.stdout, /;; 0: [rw]\d = /);
    const graph = await innermap('dump', example('firewall'), '--cfg');
    assert.match(graph.stdout, /^digraph "firewall" \{/);
    assert.match(graph.stdout, /b0 -> b\d+ \[style=dashed\];/);
  });
});

describe('innermap types', () => {
  it('declares maps and programs', async () => {
    const { stdout } = await innermap('types', example('load-balancer'));
    assert.match(stdout, /table_size: number;/);
    assert.match(stdout, /export type ProgramName = keyof Programs;/);
  });
});

const COUNTS = `
; type: xdp
; map hits: array key=4 value=8 entries=2
  *(u32 *)(r10 - 4) = 1
  r1 = map[hits] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto pass
  r1 = 1
  lock *(u64 *)(r0 + 0) += r1
pass:
  r0 = 2
  exit
`;

describe('innermap run', () => {
  const source = file('counts.bpf.s', COUNTS);

  it('runs assembly text, fills a map before and shows it after', async () => {
    const hits = file('hits.json', '[[1, 40]]');
    const { code, stdout } = await innermap('run', source, '--map', `hits=${hits}`, '--repeat', '2', '--json');
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as { runs: number; verdicts: unknown; maps: { entries: unknown }[] };
    assert.equal(report.runs, 2);
    assert.deepEqual(report.verdicts, [{ verdict: 2, name: 'XDP_PASS', count: 2 }]);
    assert.deepEqual(report.maps[0]?.entries, [[1, 42]]);
  });

  it('runs an object over a capture on workers', async () => {
    const pcap = 'examples/load-balancer/traffic.pcap';
    const { code, stdout } = await innermap(
      'run',
      example('load-balancer'),
      '--program',
      'load_balancer',
      '--pcap',
      pcap,
      '--json',
    );
    assert.equal(code, 0);
    const { runs, verdicts } = JSON.parse(stdout) as { runs: number; verdicts: { name: string; count: number }[] };
    assert.equal(runs, 20_480);
    assert.deepEqual(
      verdicts.map(({ name }) => name),
      ['XDP_PASS', 'XDP_DROP'],
    );
  });

  it('says how many packets of a capture were too short to run over', async () => {
    const pcap = file('short.pcap', capture(14, 13, 60, 0));
    const two = file('two.s', 'r0 = 2\nexit\n');
    const { code, stdout, stderr } = await innermap('run', two, '--pcap', pcap, '--workers', '0', '--json');
    assert.equal(code, 0);
    const { runs, skipped } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual({ runs, skipped }, { runs: 2, skipped: { packets: 2, shortest: 14 } });
    assert.match(stderr, /short\.pcap: 2 of 4 packets were skipped: shorter than an Ethernet header \(14 bytes\)/);
    const whole = await innermap('run', two, '--pcap', file('whole.pcap', capture(14, 60)), '--workers', '0', '--json');
    assert.deepEqual([whole.stderr, 'skipped' in JSON.parse(whole.stdout)], ['', false]);
  });

  it('says what to do with a capture and with C source', async () => {
    const sources = [
      [file('taken.pcap', capture(60)), /taken\.pcap: a capture of packets is no program: .* --pcap .*taken\.pcap/],
      [file('next.pcapng', Uint8Array.of(10, 13, 13, 10, 0, 0)), /a capture of packets is no program/],
      [
        file('x.bpf.c', 'int x;'),
        /C source is compiled first: clang -O2 -g -target bpf -c \S*x\.bpf\.c -o \S*x\.bpf\.o, /,
      ],
      [file('unnamed', '#include <linux/bpf.h>\nSEC("xdp") int f;'), /C source is compiled first/],
    ] as const;
    for (const [path, message] of sources) {
      const { code, stderr } = await innermap('run', path);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.match((await innermap('verify', sources[2][0])).stderr, sources[2][1]);
  });

  it('says which instructions ran', async () => {
    const { stdout } = await innermap('run', example('firewall'), '--coverage', '--data', '00'.repeat(64));
    assert.match(stdout, /coverage: \d+ of \d+ instructions/);
    assert.match(stdout, /^ +- +\d+: /m);
  });

  it('names the choice when an object has several programs, and wrong entries of a map', async () => {
    const several = await innermap('run', example('load-balancer'));
    assert.equal(several.code, 2);
    assert.match(several.stderr, /choose one of load_balancer, load_balancer_traced/);
    const bad = await innermap('run', source, '--map', `hits=${file('bad.json', '[[1, "many"]]')}`);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /entry 0: value: given "many", expected an integer/);
  });
});
