/** Objects loaded and run through the public API, whatever compiler built them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  BpfError,
  type Explanation,
  type LoadedObject,
  type LoadObjectOptions,
  ObjectProgramError,
  readObject,
  Runtime,
  u64,
  writeVariable,
} from 'innermap';
import { fixture, fixtures } from './fixtures.js';

const runtime = await Runtime.create({ workers: 0, possibleCpus: 2, memory: 256 * 1024 * 1024 });
after(() => runtime.close());

const packet = (...bytes: number[]): Uint8Array => {
  const data = new Uint8Array(64);
  data.set(bytes);
  return data;
};

function load(name: string, options?: LoadObjectOptions): Promise<LoadedObject> {
  return runtime.loadObject(fixture(name), { name: name.split('.')[0]!, ...options });
}

/** Runs the check for each object of a source. */
async function forEach(
  source: string,
  check: (object: LoadedObject, file: string) => void | Promise<void>,
  options?: LoadObjectOptions,
) {
  for (const { file, bytes } of fixtures(source)) {
    using object = await runtime.loadObject(bytes, { name: source, ...options });
    await check(object, file);
  }
}

/** The friendly maps of an object, as this test knows them from its source. */
interface AnyMap {
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): unknown;
  pop(): unknown;
  sum(key: unknown): unknown;
  readonly size: number;
}

function mapOf(object: LoadedObject, name: string): AnyMap {
  return object.maps[name] as object as AnyMap;
}

function verdict(object: LoadedObject, program: string, data = packet()): number {
  return object.programs[program]!.testRun(data).verdict;
}

test('variables are read and written by both sides', async () => {
  await forEach('globals', (object, file) => {
    if (file.includes('.plain.')) return;
    const { hits, total, balance, hidden, threshold } = object.variables;
    assert.equal(verdict(object, 'account', packet(1)), 2, file);
    assert.deepEqual([hits!.value, total!.value, balance!.value, hidden!.value], [101n, 64n, -6, 7], file);
    assert.deepEqual((mapOf(object, '.data.tables').get(0) as { table: number[] }).table, [1, 12, 4, 8], file);
    hits!.value = 5n;
    assert.equal(verdict(object, 'account'), 1, `${file}: 6 hits are no more than the threshold`);
    assert.throws(() => (threshold!.value = 1), { code: 'EPERM' });
  });
});

test('objects without types have their variables as bytes', async () => {
  using object = await load('globals.clang14.v2.plain');
  assert.deepEqual(object.variables['balance']!.value, new Uint8Array([0xfb, 0xff, 0xff, 0xff]));
  assert.equal(verdict(object, 'account'), 2);
});

test('a constant that is edited in the spec decides what the program does', async () => {
  const spec = readObject(fixture('globals.clang19.v3'), { name: 'globals' });
  writeVariable(spec, 'threshold', 1000);
  spec.maps['.data.tables']!.kernelName = 'tables';
  using object = await runtime.loadObject(spec);
  assert.equal(verdict(object, 'account'), 1);
  assert.equal(object.maps['.data.tables']!.name, 'tables');
  assert.equal(object.variables['threshold']!.value, 1000);
});

test('outer maps hold what they were declared with, and take more', async () => {
  await forEach('map-in-map', (object, file) => {
    assert.equal(verdict(object, 'lookup_static', packet(0)), 2, file);
    assert.equal(verdict(object, 'lookup_static', packet(1)), 1, file);
    assert.equal(verdict(object, 'lookup_static', packet(2)), 2, file);
    assert.equal(mapOf(object, 'first').get(0), 1n, file);
    const by = mapOf(object, 'by_tenant');
    const inner = runtime.createMap({ type: 'hash', key: u64, value: u64, maxEntries: 8 });
    assert.throws(() => by.set(7n, inner), { code: 'EINVAL' });
    inner.close();
  });
});

test('calls of static, hidden and global functions reach them', async () => {
  await forEach(
    'subprograms',
    (object, file) => {
      // weigh(1) + weigh(2) with bytes 5 and 6: (5 * 3 + 1) + (6 * 3 + 2) = 36, which is even.
      assert.equal(verdict(object, 'first', packet(0, 5, 6)), 1, file);
      // deep(3) = 3 + mix = 39.
      assert.equal(verdict(object, 'second', packet(3, 5, 6)), 39 & 3, file);
      assert.equal(verdict(object, 'third'), 3, file);
    },
    { programs: ['first', 'second', 'third'] },
  );
});

test('a program of an unknown section is refused by name, and can be left out', async () => {
  await assert.rejects(load('subprograms.clang19.v3'), /program strange: section "unheard\/of"/);
  using object = await load('subprograms.clang19.v3', { programs: ['optional'] });
  assert.deepEqual(Object.keys(object.programs), ['optional']);
  await assert.rejects(load('subprograms.clang19.v3', { programs: ['fourth'] }), /program fourth: the object has none/);
});

test('tail calls go to the programs that the array was declared with', async () => {
  await forEach('tail-calls', (object, file) => {
    const { calls } = object.variables;
    assert.equal(verdict(object, 'entry', packet(1)), 2, file);
    assert.equal(calls!.value, 11, file);
    assert.equal(verdict(object, 'entry', packet(2)), 1, file);
    assert.equal(calls!.value, 112, file);
    assert.equal(verdict(object, 'entry', packet(0, 3)), 0, file);
    (object.maps['later'] as object as AnyMap).set(3, object.programs['pass_it']);
    assert.equal(verdict(object, 'entry', packet(0, 3)), 2, file);
  });
});

test('a program that is named brings those of its program arrays along', async () => {
  using object = await load('tail-calls.clang19.v3', { programs: ['entry'] });
  assert.deepEqual(Object.keys(object.programs).sort(), ['drop_it', 'entry', 'pass_it']);
  assert.equal(verdict(object, 'entry', packet(1)), 2);
  assert.equal(verdict(object, 'entry', packet(2)), 1);
  using leaf = await load('tail-calls.clang19.v3', { programs: ['pass_it'] });
  assert.deepEqual(Object.keys(leaf.programs), ['pass_it']);
  using shared = await load('tail-calls.clang19.v3', {
    programs: ['entry'],
    reuse: { steps: object.maps['steps']! },
  });
  assert.deepEqual(Object.keys(shared.programs), ['entry']);
  assert.equal(verdict(shared, 'entry', packet(2)), 1);
});

test('loops, switches and signed division give the same on every compiler', async () => {
  const results = new Set<string>();
  for (const { bytes } of fixtures('loops')) {
    using object = await runtime.loadObject(bytes);
    const packets = [packet(1, 2, 3), packet(5), packet(9), packet(0, 255, 255)];
    results.add(packets.map((data) => `${verdict(object, 'checksum', data)}${verdict(object, 'nested', data)}`).join());
  }
  assert.equal(results.size, 1, [...results].join(' '));
});

test('a map of another load is shared by reuse, and outlives the object', async () => {
  using first = await load('legacy.clang14.v3.plain');
  const counts = first.maps['counts']!;
  {
    using second = await load('legacy.clang19.v3', { reuse: { counts } });
    assert.equal(verdict(second, 'legacy'), 0);
    assert.equal(second.maps['counts'], counts);
  }
  assert.equal(counts.closed, false);
  assert.equal(mapOf(first, 'counts').get(1), 3n);
  await assert.rejects(
    load('legacy.clang19.v3', { reuse: { table: counts } }),
    /reuse\.table: type is 2, the object has 1/,
  );
  await assert.rejects(
    load('legacy.clang19.v3', { reuse: { nothing: counts } }),
    /no map of that name: it has .*table/,
  );
  await assert.rejects(
    load('legacy.clang19.v3', { reuse: { tabel: counts } }),
    /no map of that name: did you mean table\?/,
  );
});

test('CO-RE reads where the target has its fields', async () => {
  const btf = fixture('core-target.clang19.v3');
  const programs = ['offsets', 'types', 'reads'];
  for (const { file, bytes } of fixtures('core')) {
    using object = await runtime.loadObject(bytes, { btf, programs });
    assert.equal(verdict(object, 'offsets'), 2, file);
    assert.deepEqual((object.variables['out']!.value as bigint[]).slice(0, 4), [48n, 8n, 80n, 32n], file);
  }
});

/** Whether loads are verified: only then is a branch that a constant decides never looked at. */
async function withoutVerifier(): Promise<string | false> {
  const leaking = { type: 'xdp', source: 'exit' } as const;
  let accepted = true;
  try {
    (await runtime.loadProgram(leaking)).close();
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    accepted = false;
  }
  return accepted && 'programs are loaded without the verifier here: it finds the dead branch';
}

test('a guard keeps a read of what the target does not have from being reached', {
  skip: await withoutVerifier(),
}, async () => {
  const btf = fixture('core-target.clang19.v3');
  for (const { file, bytes } of fixtures('core')) {
    using object = await runtime.loadObject(bytes, { btf, programs: ['guarded'] });
    assert.equal(verdict(object, 'guarded'), 3, file);
  }
});

test('a read of what the target does not have is refused, and the error names it', async () => {
  const loading = load('core.clang19.v3', { btf: fixture('core-target.clang19.v3'), programs: ['unguarded'] });
  await assert.rejects(loading, (error: unknown) => {
    assert.ok(error instanceof ObjectProgramError && error instanceof BpfError, String(error));
    assert.match(error.message, /program unguarded: .*struct subject___v1\.missing: the target BTF does not have it/);
    assert.match(error.message, /instruction 2 \(core\.bpf\.c:56: return s->missing;\): invalid func unknown#\d+/);
    const { reason, slot, source } = error.cause as Explanation;
    assert.match(reason, /^invalid func unknown/);
    assert.deepEqual([slot, source?.line, source?.text], [2, 56, 'return s->missing;']);
    return true;
  });
});

test('a load that fails leaves no map and no descriptor behind', async () => {
  await runtime.barrier();
  const before = runtime.stats().maps.live;
  const broken = readObject(fixture('map-in-map.clang19.v3'));
  broken.maps['rings']!.maxEntries = 0;
  await assert.rejects(runtime.loadObject(broken), /map rings/);
  await runtime.barrier();
  assert.equal(runtime.stats().maps.live, before);
});

test('values of every map type read as the source declares them', async () => {
  await forEach('map-types', (object, file) => {
    const flow = { source: 1, port: 80, protocol: 6, pad: 0 };
    assert.equal(verdict(object, 'count'), 2, file);
    assert.equal(verdict(object, 'count'), 2, file);
    assert.deepEqual(mapOf(object, 'flows').get(flow), { packets: 2n, bytes: 128n }, file);
    assert.equal(mapOf(object, 'totals').get(1), 6n, file);
    assert.equal(mapOf(object, 'waiting').pop(), 1, file);
    assert.equal(mapOf(object, 'recent').get(1), 1, file);
    mapOf(object, 'routes').set({ length: 8, address: new Uint8Array([10, 0, 0, 0]) }, 3);
    const data = packet(...new Array<number>(14).fill(0), 10, 1, 2, 3);
    assert.equal(verdict(object, 'route', data), 3, file);
  });
});

test('callbacks and atomics of every compiler give the same', async () => {
  await forEach('callbacks', (object, file) => {
    for (let index = 0; index < 8; index++) mapOf(object, 'numbers').set(index, BigInt(index * 10));
    assert.equal(verdict(object, 'sum'), 150, file);
    assert.equal(verdict(object, 'loop'), 4950, file);
  });
  await forEach('atomics', (object, file) => {
    verdict(object, 'atomics');
    assert.deepEqual(mapOf(object, 'words').get(0), { wide: 0x105n, narrow: 0x3c, swapped: 9 }, file);
  });
});

test('what is no object and no spec is refused by name', async () => {
  for (const wrong of ['a.bpf.o', undefined, null, {}]) {
    await assert.rejects(runtime.loadObject(wrong as never), (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^loadObject\(\): source: given .*, expected the bytes of an object file/);
      return true;
    });
  }
});
