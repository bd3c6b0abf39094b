import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { assemble, encodeInstructions } from 'innermap';
import { example, innermap } from './support.js';

const directory = mkdtempSync(join(tmpdir(), 'innermap-bytecode-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const SOURCE = 'r0 = *(u8 *)(r1 + 0)\nr0 <<= 32\nr0 += r2\nexit\n';
const BYTES = encodeInstructions(assemble(SOURCE).insns);

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await innermap('run', ...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('innermap run with bytecode', () => {
  it('takes bytes, hexadecimal text and assembly alike, and gives r0 as 64 bits', async () => {
    const forms = [
      file('program.bin', BYTES),
      file('program.hex', `${Buffer.from(BYTES).toString('hex')}\n`),
      file('program.s', SOURCE),
    ];
    for (const [index, form] of forms.entries()) {
      const engine = index === 1 ? 'compiled' : 'interpreter';
      const report = await json(form, '--ctx', 'fe 02 03', '--unsafe', '--engine', engine);
      assert.equal(report['r0'], '0x000000fe00000003', form);
      assert.equal(report['type'], 'syscall');
      assert.equal(report['context'], 'fe0203');
    }
  });

  it('runs without memory, as a type that is named', async () => {
    const report = await json(file('minus.s', 'r0 = -1\nexit\n'), '--type', 'syscall');
    assert.equal(report['r0'], '0xffffffffffffffff');
    const refused = await innermap('run', file('minus.s', 'r0 = -1\nexit\n'), '--type', 'nonsense');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--type: given nonsense, expected one of socket_filter/);
  });

  it('exits with 1 when the run ends in a trap', async () => {
    const wild = file('wild.s', 'r1 <<= 40\nr0 = *(u64 *)(r1 + 0)\nexit\n');
    const { code, stderr } = await innermap('run', wild, '--ctx', '00', '--unsafe', '--engine', 'interpreter');
    assert.notEqual(code, 0);
    assert.match(stderr, /instruction 1 .*lies in no memory/);
  });
});

type Fields = Record<string, unknown>;
interface MapReport {
  name: string;
  entries: [unknown, unknown][] | null;
}

describe('innermap run --map', () => {
  const tenants = file('tenants.json', '{ "7": [[1, 2], [3, 1]], "9": {} }');
  const object = [
    'test/fixtures/object/built/map-in-map.clang19.v4.o',
    '--program',
    'lookup_dynamic',
    '--workers',
    '0',
  ];

  it('takes 64 bits as text, and bytes as text or a list', async () => {
    const head = '; type: xdp\n; map wide: hash key=4 value=8 entries=4\n; map raw: hash key=6 value=3 entries=4\n';
    const source = file('values.s', `${head}r1 = map[wide] ll\nr1 = map[raw] ll\nr0 = 2\nexit\n`);
    const wide = file('wide.json', '[[7, "18446744073709551615"], [8, "0xffffffffffffffff"], [9, 1]]');
    const raw = file('raw.json', '[["0a0000010203", [1, 2, 3]]]');
    const report = await json(source, '--map', `wide=${wide}`, '--map', `raw=${raw}`, '--data', '00'.repeat(14));
    const [first, second] = report['maps'] as MapReport[];
    const largest = '18446744073709551615';
    assert.deepEqual(
      new Map(first?.entries as [number, unknown][]),
      new Map<number, unknown>([
        [7, largest],
        [8, largest],
        [9, 1],
      ]),
    );
    assert.deepEqual(second?.entries, [['0a0000010203', '010203']]);
  });

  it('fills inner maps, and makes those that are missing', async () => {
    const run = (data: string) => json(...object, '--map', `by_tenant=${tenants}`, '--data', data.padEnd(28, '0'));
    const verdict = (report: Record<string, unknown>) => (report['verdicts'] as { verdict: number }[])[0]?.verdict;
    assert.equal(verdict(await run('0701')), 2);
    assert.equal(verdict(await run('0703')), 1);
    assert.equal(verdict(await run('0901')), 2, 'an empty inner map: XDP_PASS');
    assert.equal(verdict(await run('0801')), 1, 'no inner map: XDP_DROP');
  });

  it('says which entry of which inner map is wrong', async () => {
    const wrong = file('wrong.json', '{ "7": [[1, "x"]] }');
    const { code, stderr } = await innermap('run', ...object, '--map', `by_tenant=${wrong}`);
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.json: entry 0: inner map: entry 0: value/);
  });

  it('takes fields that are left out for zero, in global data and in structs', async () => {
    const bss = file('bss.json', '[[0, { "total": 40 }]]');
    const data = file('data.json', '{ "0": { "hits": "18446744073709551614" } }');
    const globals = [
      'test/fixtures/object/built/globals.clang19.v3.o',
      '--program',
      'account',
      '--data',
      '00'.repeat(20),
    ];
    const report = await json(...globals, '--map', `.bss=${bss}`, '--map', `.data=${data}`);
    const values = new Map((report['maps'] as MapReport[]).map(({ name, entries }) => [name, entries?.[0]?.[1]]));
    assert.equal((values.get('.bss') as Fields)['total'], 60);
    const { hits, balance, banner } = values.get('.data') as Fields;
    assert.deepEqual([hits, balance, banner], ['18446744073709551615', -1, '']);
    const wrong = file('null.json', '[[0, { "total": null }]]');
    const { code, stderr } = await innermap('run', ...globals, '--map', `.bss=${wrong}`);
    assert.equal(code, 2);
    assert.match(stderr, /null\.json: entry 0: value\.total: given null, expected an integer/);
  });

  it('puts programs into program arrays by name, and shows them so', async () => {
    const tails = [
      'test/fixtures/object/built/tail-calls.clang19.v3.o',
      '--program',
      'entry',
      '--data',
      '0003'.padEnd(28, '0'),
    ];
    const later = file('later.json', '{ "3": "pass_it" }');
    const report = await json(...tails, '--map', `later=${later}`);
    assert.deepEqual(report['verdicts'], [{ verdict: 2, name: 'XDP_PASS', count: 1 }]);
    const shown = (report['maps'] as MapReport[]).find(({ name }) => name === 'later');
    assert.deepEqual(shown?.entries, [[3, 'pass_it']]);
    for (const [contents, message] of [
      ['{ "3": "pas_it" }', /later\.json: entry 0: value: given pas_it, did you mean pass_it\?/],
      ['[[3, 7]]', /later\.json: entry 0: value: given 7, expected the name of a program/],
    ] as const) {
      const { code, stderr } = await innermap('run', ...tails, '--map', `later=${file('later.json', contents)}`);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  it('says that it made a packet up', async () => {
    const { stderr } = await innermap('run', ...object);
    assert.match(stderr, /no --pcap, --data or --ctx was given: the packet is 64 bytes of zeros/);
  });
});

describe('a program that tail-calls others of its object', () => {
  const object = 'test/fixtures/object/built/tail-calls.clang19.v3.o';

  it('runs with them', async () => {
    const report = await json(object, '--program', 'entry', '--data', '02'.padEnd(28, '0'));
    assert.deepEqual(report['verdicts'], [{ verdict: 1, name: 'XDP_DROP', count: 1 }]);
  });

  it('is dumped as WebAssembly, and verified, alone', async () => {
    const { code, stdout, stderr } = await innermap('dump', object, '--program', 'entry', '--wat');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /ref\.is_null/);
    assert.match(stdout, /return_call_indirect/);
    assert.equal((await innermap('verify', object)).code, 0);
  });
});

describe('innermap run --trace', () => {
  it('prints source lines, instructions and changed registers', async () => {
    const { code, stdout } = await innermap('run', example('firewall'), '--trace', '--data', '00'.repeat(64));
    assert.equal(code, 0);
    assert.match(stdout, /^; int firewall\(struct xdp_md \*ctx\) @ firewall\.bpf\.c:\d+$/m);
    assert.match(stdout, /^ +0: .* ; r\d = 0x/m);
  });

  it('gives the steps as JSON', async () => {
    const report = await json(file('two.s', 'r0 = 2\nexit\n'), '--trace');
    assert.deepEqual(report['trace'], [
      { program: 'two', slot: 0, text: 'r0 = 2', changed: { r0: '0x2' }, depth: 1 },
      { program: 'two', slot: 1, text: 'exit', changed: {}, depth: 1 },
    ]);
  });

  it('names maps, as the coverage does', async () => {
    const source = file('named.s', '; map hits: hash key=4 value=8 entries=4\nr1 = map[hits] ll\nr0 = 2\nexit\n');
    const { stdout } = await innermap('run', source, '--trace', '--coverage');
    assert.match(stdout, /^ +0: r1 = map\[hits\] ll +; r1 = 0x/m);
    assert.match(stdout, /^ +1 +0: r1 = map\[hits\] ll$/m);
    assert.match(stdout, /^coverage: 3 of 3 instructions$/m);
  });

  it('says in which file a type or a map is not one', async () => {
    const type = await innermap('run', file('type.s', '; type: xpd\nr0 = 2\nexit\n'));
    assert.match(type.stderr, /type\.s: type: given xpd, did you mean xdp\?/);
    const map = await innermap('run', file('map.s', '; map m: hsh entries=4\nr0 = 2\nexit\n'));
    assert.match(map.stderr, /map\.s: createMap\(\): option type: .* did you mean hash\?/);
    assert.deepEqual([type.code, map.code], [2, 2]);
  });

  it('does not go with a capture', async () => {
    const { code, stderr } = await innermap('run', example('firewall'), '--trace', '--pcap', 'none.pcap');
    assert.equal(code, 2);
    assert.match(stderr, /--trace follows one run/);
  });
});

describe('innermap run --coverage', () => {
  it('counts source lines as well', async () => {
    const report = await json(example('firewall'), '--coverage', '--engine', 'interpreter');
    const lines = report['sourceCoverage'] as { file: string; line: number; text: string; count: number }[];
    const entry = lines.find(({ text }) => text.startsWith('int firewall('));
    assert.equal(entry?.count, 1);
    assert.ok(lines.some(({ count }) => count === 0));
  });
});
