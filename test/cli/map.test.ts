import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type MapOf, type MapSpec, MapType, Runtime, u32, u64 } from 'innermap';
import { sizesOf } from '#dist/cli/saved/create.js';
import { innermap, type Outcome } from './support.js';

const directory = mkdtempSync(join(tmpdir(), 'innermap-map-'));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Dumped {
  name?: string;
  type: string;
  entries: [string, unknown][] | null;
}

const map = (action: string, ...args: string[]) => innermap('map', action, ...args);
const SIZES = ['--key-size', '4', '--value-size', '4'] as const;
const QUIET: Outcome = { code: 0, stdout: '', stderr: '' };

async function dumped(file: string, ...args: string[]): Promise<Dumped[]> {
  const { code, stdout, stderr } = await map('dump', file, ...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Dumped[];
}

function json(name: string, contents: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(contents));
  return path;
}

describe('innermap map', () => {
  const file = join(directory, 'maps.innermap');

  it('creates, updates, looks up and dumps maps of a file, inner maps by name', async () => {
    const size = ['--key-size', '4', '--max-entries', '2'];
    for (const [action, ...args] of [
      ['create', 'table', '--type', 'array', '--value-size', '8', ...size],
      ['update', 'table', '01000000', '2a00000000000000'],
      ['create', 'services', '--type', 'hash_of_maps', '--inner', 'table', ...size],
      ['update', 'services', '07000000', 'table'],
    ] as const)
      assert.deepEqual(await map(action, file, ...args), QUIET);
    assert.equal((await map('lookup', file, 'services', '07000000')).stdout, 'table\n');
    const none = await map('lookup', file, 'services', '08000000');
    assert.deepEqual(none, { code: 1, stdout: '', stderr: 'innermap: services has no key 08000000\n' });
    assert.deepEqual((await dumped(file, 'table'))[0]?.entries, [
      ['00000000', '0000000000000000'],
      ['01000000', '2a00000000000000'],
    ]);
  });

  it('makes inner maps from JSON, like those that are there or one that is named', async () => {
    const second = '{ "00000000": "0500000000000000" }';
    assert.deepEqual(await map('update', file, 'services', '08000000', second), QUIET);
    const path = 'services/08000000';
    assert.equal((await map('lookup', file, path, '00000000')).stdout, '0500000000000000\n');
    assert.deepEqual(await map('update', file, path, '00000000', '0600000000000000'), QUIET);
    assert.equal((await map('lookup', file, path, '00000000')).stdout, '0600000000000000\n');
    assert.equal((await map('lookup', file, 'services', '08000000')).stdout, `${path}\n`);
  });

  it('shows unnamed inner maps beneath the map that holds them, and there alone', async () => {
    const { stdout } = await map('dump', file);
    assert.deepEqual(
      stdout
        .split('\n')
        .filter((line) => line.includes(':'))
        .sort(),
      [
        '  services/07000000 = table: array, 2 of at most 2 entries',
        '  services/08000000: array, 2 of at most 2 entries',
        'services: hash_of_maps, 2 of at most 2 entries',
        'table: array, 2 of at most 2 entries',
      ],
    );
    const maps = await dumped(file);
    assert.deepEqual(
      maps.map(({ name }) => name),
      ['table', 'services'],
    );
    const inner = new Map(maps[1]?.entries as [string, Dumped][]);
    assert.deepEqual(inner.get('08000000')?.entries?.[0], ['00000000', '0600000000000000']);
  });

  it('takes in what a dump prints', async () => {
    const [services] = await dumped(file, 'services');
    const from = json('services.json', services);
    const again = join(directory, 'again.innermap');
    const size = ['--key-size', '4', '--max-entries', '2'];
    await map('create', again, 'template', '--type', 'array', '--value-size', '8', ...size);
    await map('create', again, 'services', '--type', 'hash_of_maps', '--inner', 'template', ...size);
    assert.deepEqual(await map('update', again, 'services', '--from', from), QUIET);
    const contents = ({ entries }: Dumped) =>
      (entries as [string, Dumped][]).map(([key, { entries: inner }]) => [key, inner]).sort();
    assert.deepEqual(contents((await dumped(again, 'services'))[0] as Dumped), contents(services as Dumped));
  });

  it('says what is wrong with a reference or a value, and leaves the file alone', async () => {
    const bytes = readFileSync(file);
    for (const [args, code, message] of [
      [['lookup', file, 'servces', '07000000'], 2, /there is no map servces: did you mean services\?/],
      [['lookup', file, 'services/09000000', '00000000'], 2, /services\/09000000: there is no map at this key/],
      [['lookup', file, 'table/00000000', '00000000'], 2, /the map is of type array, which holds no maps/],
      [['update', file, 'table', '00000000', '01'], 2, /VALUE: given 1 bytes \("01"\), expected 8/],
      [['update', file, 'table', '0000000'], 2, /given no VALUE, expected one/],
      [['update', file, 'table', '09000000', '0000000000000000'], 1, /E2BIG/],
      [['update', file, 'services', '00000000', '[[1]]'], 2, /expected a list of \[key, value\], or an object/],
      [['create', file, 'table', '--type', 'array'], 2, /there is a map table already/],
      [['create', file, 'other', '--type', 'aray'], 2, /--type: given aray, did you mean array\?/],
      [
        ['create', file, 'other', '--type', 'hash', '--max-entries', '1'],
        2,
        /--key-size: given nothing, .* hash needs/,
      ],
      [
        ['create', file, 'other', '--type', 'hash_of_maps', ...SIZES, '--max-entries', '1'],
        2,
        /--inner: given nothing/,
      ],
      [['create', file, 'other', '--type', 'hash', '--max-entries', '0', ...SIZES], 1, /EINVAL: MAP_CREATE: max_/],
    ] as const) {
      const [action, ...rest] = args;
      const outcome = await map(action, ...rest);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.code, code, outcome.stderr);
    }
    assert.ok(readFileSync(file).equals(bytes));
    assert.ok(!existsSync(`${file}.new`));
  });

  it('says that a file is missing, and makes none but to create a map', async () => {
    const missing = join(directory, 'missing.innermap');
    for (const args of [
      ['dump', missing],
      ['lookup', missing, 'table', '00000000'],
      ['update', missing, 'table', '00000000', '00'],
    ] as const) {
      const [action, ...rest] = args;
      const { code, stdout, stderr } = await map(action, ...rest);
      assert.deepEqual([code, stdout], [2, ''], action);
      assert.match(stderr, /missing\.innermap: there is no such file/);
    }
    assert.ok(!existsSync(missing));
  });

  it('makes the first inner map like the template, which is kept in the file', async () => {
    const path = join(directory, 'tries.innermap');
    const size = ['--key-size', '8', '--value-size', '4', '--max-entries', '9', '--flags', '1'];
    await map('create', path, 'trie', '--type', 'lpm_trie', ...size);
    await map(
      'create',
      path,
      'tenants',
      '--type',
      'hash_of_maps',
      '--key-size',
      '2',
      '--max-entries',
      '4',
      '--inner',
      'trie',
    );
    const rules = '[["080000000a000000", "01000000"]]';
    assert.deepEqual(await map('update', path, 'tenants', '0a00', rules), QUIET);
    const [tenants] = await dumped(path, 'tenants');
    const inner = { type: 'lpm_trie', keySize: 8, valueSize: 4, maxEntries: 9 };
    assert.deepEqual(tenants?.entries, [['0a00', { ...inner, entries: JSON.parse(rules) }]]);
  });
});

describe('the sizes of a new map', () => {
  const given = { 'key-size': '4', 'value-size': '8', 'max-entries': '2' };
  const sizes = (type: keyof typeof MapType, values: Parameters<typeof sizesOf>[2]) =>
    Object.values(sizesOf(MapType[type], type.toLowerCase(), values));

  it('are what is given, or what the type leaves no choice about', () => {
    assert.deepEqual(sizes('HASH', { ...given, flags: '1' }), [4, 8, 2, 1]);
    assert.deepEqual(sizes('HASH', { ...given, 'max-entries': '0' }), [4, 8, 0, 0]);
    assert.deepEqual(sizes('QUEUE', { 'value-size': '8', 'max-entries': '2' }), [0, 8, 2, 0]);
    assert.deepEqual(sizes('RINGBUF', { 'max-entries': '4096' }), [0, 0, 4096, 0]);
    assert.deepEqual(sizes('SK_STORAGE', { 'key-size': '4', 'value-size': '8' }), [4, 8, 0, 0]);
    assert.deepEqual(sizes('ARRAY_OF_MAPS', { 'key-size': '4', 'max-entries': '2', inner: 'table' }), [4, 4, 2, 0]);
  });

  it('are asked for by the name of the option that is missing', () => {
    for (const option of Object.keys(given)) {
      assert.throws(
        () => sizes('HASH', { ...given, [option]: undefined }),
        new RegExp(`^UsageError: --${option}: given`),
      );
    }
    assert.throws(() => sizes('STACK', { 'max-entries': '2' }), /--value-size: given nothing, .* type stack needs it/);
    assert.throws(() => sizes('RINGBUF', {}), /--max-entries: given nothing/);
    assert.throws(() => sizes('HASH_OF_MAPS', given), /--inner: given nothing, expected a map of the file/);
  });
});

describe('innermap map with every type', () => {
  const file = join(directory, 'types.innermap');
  const CPUS = 3;

  before(async () => {
    const runtime = await Runtime.create({ workers: 0, possibleCpus: CPUS });
    const make = <const Spec extends MapSpec>(spec: Spec): MapOf<Spec> => runtime.createMap(spec);
    const size = { key: u32, value: u32, maxEntries: 2 } as const;
    const values = { value: u32, maxEntries: 4 } as const;
    make({ type: 'hash', name: 'h', ...size }).set(1, 2);
    make({ type: 'lru_hash', name: 'lh', ...size }).set(1, 2);
    make({ type: 'array', name: 'a', value: u64, maxEntries: 1 }).set(0, 7n);
    make({ type: 'percpu_hash', name: 'ph', ...size }).set(1, [1, 2, 3]);
    make({ type: 'lru_percpu_hash', name: 'plh', ...size }).set(1, [1, 2, 3]);
    make({ type: 'percpu_array', name: 'pa', value: u32, maxEntries: 1 }).set(0, [4, 5, 6]);
    make({ type: 'queue', name: 'q', ...values })
      .push(1)
      .push(2);
    make({ type: 'stack', name: 's', ...values })
      .push(1)
      .push(2);
    make({ type: 'bloom_filter', name: 'bf', ...values }).add(1);
    make({ type: 'ringbuf', name: 'rb', maxEntries: 4096 }).output(new Uint8Array(3));
    make({ type: 'user_ringbuf', name: 'ur', maxEntries: 4096 });
    make({ type: 'prog_array', name: 'pr', maxEntries: 2 });
    make({ type: 'perf_event_array', name: 'pe', maxEntries: CPUS });
    runtime.bpf('MAP_CREATE', { map_type: 14, key_size: 4, value_size: 4, max_entries: 2, map_name: 'dm' });
    const rings = make({
      type: 'array_of_maps',
      name: 'rings',
      maxEntries: 2,
      inner: { type: 'ringbuf', maxEntries: 4096 },
    });
    rings.set(1, make({ type: 'ringbuf', maxEntries: 4096 }));
    writeFileSync(file, runtime.save());
    await runtime.close();
  });

  it('dumps what can be listed, whatever number of CPUs the file is from', async () => {
    const entries = Object.fromEntries((await dumped(file)).map((each) => [each.name, each.entries]));
    const cpus = (...numbers: number[]) => numbers.map((number) => `0${number}000000`);
    assert.deepEqual(entries, {
      h: [['01000000', '02000000']],
      lh: [['01000000', '02000000']],
      a: [['00000000', '0700000000000000']],
      ph: [['01000000', cpus(1, 2, 3)]],
      plh: [['01000000', cpus(1, 2, 3)]],
      pa: [['00000000', cpus(4, 5, 6)]],
      q: [
        ['', '01000000'],
        ['', '02000000'],
      ],
      s: [
        ['', '02000000'],
        ['', '01000000'],
      ],
      bf: null,
      rb: null,
      ur: null,
      pr: null,
      pe: null,
      dm: null,
      rings: [['01000000', { type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, entries: null }]],
    });
  });

  it('looks up and updates those without keys by values alone', async () => {
    assert.deepEqual(await map('update', file, 'q', '03000000'), QUIET);
    assert.equal((await map('lookup', file, 'q')).stdout, '01000000\n');
    assert.equal((await map('lookup', file, 's')).stdout, '02000000\n');
    assert.deepEqual(await map('update', file, 'bf', '05000000'), QUIET);
    assert.equal((await map('lookup', file, 'bf', '05000000')).stdout, 'present\n');
    assert.equal((await map('lookup', file, 'bf', '06000000')).code, 1);
  });

  it('updates a stack from its own dump, in order', async () => {
    const [stack] = await dumped(file, 's');
    const path = join(directory, 'stack.innermap');
    await map('create', path, 's', '--type', 'stack', '--value-size', '4', '--max-entries', '4');
    assert.deepEqual(await map('update', path, 's', '--from', json('stack.json', stack)), QUIET);
    assert.deepEqual((await dumped(path, 's'))[0]?.entries, stack?.entries);
  });

  it('takes a value for each CPU', async () => {
    const value = '["07000000", "08000000", "09000000"]';
    assert.deepEqual(await map('update', file, 'ph', '02000000', value), QUIET);
    assert.equal((await map('lookup', file, 'ph', '02000000')).stdout, '07000000 08000000 09000000\n');
    const few = await map('update', file, 'ph', '02000000', '["07000000"]');
    assert.equal(few.code, 2);
    assert.match(few.stderr, /expected a list with a value for each of 3 CPUs/);
  });

  it('says what elements there cannot be', async () => {
    const device = await map('update', file, 'dm', '00000000', '01000000');
    assert.equal(device.code, 1);
    assert.match(device.stderr, /ENOTSUPP: .*network devices/);
    assert.equal((await map('update', file, 'rings/01000000', '')).code, 1);
  });
});
