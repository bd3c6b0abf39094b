import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { array, type BpfMap, type Codec, cidr4, type OuterMap, Runtime, spinLock, struct, u32, u64 } from 'innermap';
import { attach } from 'innermap/reader';
import { fixture } from '../object/fixtures.js';
import { inReader, ReaderProcess } from './thread.js';
import { HANGS } from '../timing.js';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0, possibleCpus: 2, readers: 4, lockTimeout: 5000 });
});
after(() => runtime.close());

const INNER = { type: 'hash', key: u32, value: u32, maxEntries: 16 } as const;

function outerWith(value: number) {
  const outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner: INNER });
  outer.set(1, runtime.createMap(INNER).set(5, value));
  return outer;
}

describe('a nested look-up', () => {
  it('is one call through both kinds of outer maps, whatever the inner type', async () => {
    const specs = [
      { spec: { type: 'hash', key: u32, value: u64, maxEntries: 4 }, key: 3, value: 30n },
      { spec: { type: 'array', value: u64, maxEntries: 4 }, key: 3, value: 30n },
      { spec: { type: 'lru_hash', key: u32, value: u64, maxEntries: 256 }, key: 3, value: 30n },
      { spec: { type: 'lpm_trie', key: cidr4, value: u64, maxEntries: 4 }, key: '10.0.0.0/8', value: 30n },
      { spec: { type: 'percpu_array', value: u64, maxEntries: 4 }, key: 3, value: [30n, 31n] },
      { spec: { type: 'percpu_hash', key: u32, value: u64, maxEntries: 4 }, key: 3, value: [30n, 31n] },
    ] as const;
    for (const { spec, key, value } of specs) {
      for (const type of ['hash_of_maps', 'array_of_maps'] as const) {
        using map = runtime.createMap({ type, key: u32, maxEntries: 4, inner: spec });
        const inner = runtime.createMap(spec) as unknown as { set(key: unknown, value: unknown): void; close(): void };
        inner.set(key, value);
        map.set(2, inner as never);
        inner.close();
        const found = (await inReader(runtime, 'nested', { map }, [
          [2, key],
          [3, key],
          [99, key],
        ])) as unknown[];
        assert.deepEqual(Array.isArray(found[0]) ? [...found[0]] : found[0], value, `${spec.type} in ${type}`);
        assert.deepEqual(found.slice(1), [undefined, undefined]);
      }
    }
  });

  it('finds the longest prefix of an address in an inner trie', async () => {
    const spec = { type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 4 } as const;
    using map = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: spec });
    map.set(0, runtime.createMap(spec).set('10.0.0.0/8', 8).set('10.1.0.0/16', 16));
    const found = await inReader(runtime, 'nested', { map }, [
      [0, '10.1.2.3'],
      [0, '10.2.3.4'],
      [0, '11.0.0.0'],
    ]);
    assert.deepEqual(found, [16, 8, undefined]);
  });

  it('goes with writes into the inner map', async () => {
    using map = outerWith(50);
    const result = await inReader(runtime, 'nestedWrites', { map });
    assert.deepEqual(result, { had: true, hadNot: false, missing: 'ENOENT', has: [true, true, false, false] });
    assert.equal(map.get(1)?.get(5), 55);
  });
});

describe('an inner map', () => {
  it('is good for the section it was found in', async () => {
    using map = outerWith(50);
    const result = await inReader(runtime, 'innerOfSection', { map });
    assert.deepEqual(result, { outside: 'EINVAL', value: 50, none: undefined, stale: 'EINVAL' });
  });

  it('without keys is used through inner()', async () => {
    const spec = { type: 'queue', value: u64, maxEntries: 4 } as const;
    using map = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner: spec });
    using queue = runtime.createMap(spec).push(7n);
    map.set(1, queue);
    assert.deepEqual(await inReader(runtime, 'innerQueue', { map }), { direct: 'EINVAL', popped: [7n, 8n] });
    assert.equal(queue.pop(), 8n);
  });
});

describe('a section', () => {
  it('gives values as views of shared memory', async () => {
    using map = runtime.createMap({ type: 'array', value: u32, maxEntries: 2 });
    assert.deepEqual(await inReader(runtime, 'views', { map }), {
      outside: 'EINVAL',
      seen: [4, 3, 2, 1],
      none: undefined,
    });
  });

  it('refuses a callback that returns a promise, passes errors on, and cannot be closed from inside', async () => {
    using map = runtime.createMap(INNER);
    assert.deepEqual(await inReader(runtime, 'sections', { map }), {
      thenable: 'EINVAL',
      nested: 7,
      thrown: 'MINE',
      closing: 'EBUSY',
      closed: 'EBADF',
      isClosed: true,
      unknown: 'ENOENT',
    });
  });
});

describe('a section of the main thread', () => {
  it('refuses what would wait for it: EDEADLK', async () => {
    using map = outerWith(50);
    const handle = runtime.handle({ maps: { map } });
    const reader = attach(handle);
    const fresh = runtime.createMap(INNER);
    reader.section(() => {
      assert.throws(() => runtime.synchronize(), { code: 'EDEADLK', message: /inside a read-side section/ });
      assert.throws(() => runtime.barrier(), { code: 'EDEADLK' });
      assert.throws(() => map.swap(1, fresh), { code: 'EDEADLK' });
      reader.section(() => assert.throws(() => runtime.synchronize(), { code: 'EDEADLK' }));
      assert.throws(() => runtime.synchronize(), { code: 'EDEADLK' });
      assert.equal(map.get(1)?.get(5), 50, 'nothing was swapped');
    });
    assert.throws(() => reader.section(() => runtime.synchronize()), { code: 'EDEADLK' });
    const other = await Runtime.create({ workers: 0 });
    let synchronized: Promise<void> | undefined;
    reader.section(() => {
      synchronized = other.synchronize();
    });
    await synchronized;
    await other.close();
    const old = await map.swap(1, fresh);
    assert.equal(old?.get(5), 50);
    await runtime.barrier();
    reader.close();
  });
});

describe('a value with a spin lock', () => {
  it('is never seen half written under its lock, in an array or a hash', async () => {
    const value = struct({ lock: spinLock, words: array(u32, 64) });
    for (const type of ['array', 'hash'] as const) {
      using map = runtime.createMap({ type, key: u32, value, maxEntries: 2 });
      using plain = runtime.createMap({ type: 'array', value: u32, maxEntries: 1 });
      map.set(0, { words: new Array<number>(64).fill(0) });
      const thread = new ReaderProcess();
      assert.equal(await thread.run(runtime, 'lockedWrites', { map, plain }), 'EINVAL');
      const versions = new Set<number>();
      const end = performance.now() + HANGS;
      for (let reads = 0; (reads < 5000 || versions.size < 20) && performance.now() < end; reads++) {
        const words = map.get(0, { lock: true })?.words ?? [];
        assert.equal(new Set(words).size, 1, `torn: ${words}`);
        versions.add(words[0] as number);
      }
      await thread.kill();
      assert.ok(versions.size > 1, 'the reader wrote meanwhile');
      // A lock of the dead is open again.
      map.set(0, { words: new Array<number>(64).fill(7) }, { lock: true });
      assert.equal(map.get(0, { lock: true })?.words[63], 7);
    }
  });
});

describe('a ring buffer', () => {
  it('takes records of a reader, which waits for room', async () => {
    using map = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const produced = inReader(runtime, 'produce', { map }, 5000);
    const records: number[] = [];
    for await (const record of map) {
      records.push(record);
      if (records.length === 5000) break;
    }
    assert.equal(await produced, 'done');
    assert.deepEqual(
      records,
      Array.from({ length: 5000 }, (_, index) => index),
    );
  });

  it('is consumed by a reader', async () => {
    using map = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const consumed = inReader(runtime, 'consume', { map }, 3);
    for (const record of [7, 8, 9]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      map.output(record);
    }
    assert.deepEqual(await consumed, [7, 8, 9]);
  });
});

describe("maps of an object, typed by the object's BTF", () => {
  type Elements = { get(key: unknown): unknown; set(key: unknown, value: unknown): unknown };

  it('are read and written as on the main thread', async () => {
    using object = await runtime.loadObject(fixture('map-types.clang19.v3'));
    const { flows, percpu_totals, routes, raw } = object.maps as unknown as Record<string, BpfMap & Elements>;
    const flow = { source: 1, port: 80, protocol: 6, pad: 0 };
    const prefix = { length: 32, address: Uint8Array.of(10, 0, 0, 1) };
    const rawKey = Uint8Array.of(1, 2, 3, 4, 5, 6);
    flows!.set(flow, { packets: 3n, bytes: 192n });
    routes!.set({ length: 8, address: Uint8Array.of(10, 0, 0, 0) }, 7);
    raw!.set(rawKey, new Uint8Array(10).fill(9));
    const maps = { flows: flows!, percpu_totals: percpu_totals!, routes: routes!, raw: raw! };
    const found = await inReader(runtime, 'elements', maps, [
      ['flows', flow],
      ['flows', { ...flow, port: 81 }, { packets: 1n, bytes: 64n }],
      ['percpu_totals', 1],
      ['routes', prefix],
      ['raw', rawKey],
    ]);
    assert.deepEqual(found, [
      { packets: 3n, bytes: 192n },
      { packets: 1n, bytes: 64n },
      [
        { packets: 0n, bytes: 0n },
        { packets: 0n, bytes: 0n },
      ],
      7,
      new Uint8Array(10).fill(9),
    ]);
    assert.deepEqual(flows!.get({ ...flow, port: 81 }), { packets: 1n, bytes: 64n });
  });

  it('type the keys and values of inner maps, made as the template says', async () => {
    using object = await runtime.loadObject(fixture('forward-remedies.clang16.v3'));
    const outer = object.maps['named'] as unknown as OuterMap<number, BpfMap & Elements>;
    using inner = runtime.createInner(outer, { name: 'flows' });
    assert.deepEqual([inner.type, inner.maxEntries, inner.keySize, inner.name], ['hash', 8, 8, 'flows']);
    const flow = { source: 1, target: 2 };
    inner.set(flow, { whole: 7n });
    outer.set(0, inner);
    const found = await inReader(runtime, 'nested', { map: outer }, [
      [0, flow],
      [0, { ...flow, target: 3 }],
    ]);
    assert.deepEqual(found, [inner.get(flow), undefined]);
    assert.deepEqual(found, [{ whole: 7n, half: [7, 0] }, undefined]);
  });

  it('are those of an outer map only', () => {
    using map = runtime.createMap(INNER);
    assert.throws(() => runtime.createInner(map as never), {
      code: 'ERR_INNERMAP_INVALID_OPTION',
      message: /createInner\(\): outer: given .*, expected an array_of_maps or a hash_of_maps/,
    });
  });

  it('may hold every kind of member', async () => {
    using object = await runtime.loadObject(fixture('globals.clang19.v3'));
    const section = object.maps['.rodata'] as unknown as BpfMap & Elements;
    const [found] = (await inReader(runtime, 'elements', { section }, [['section', 0]])) as object[];
    assert.deepEqual(found, section.get(0));
    assert.deepEqual((found as { settings: object }).settings, {
      limit: 7,
      name: 'default',
      weights: [1, -2, 3],
      low: 5,
      high: 17,
      mode: 5,
      either: { word: 0x01020304, bytes: new Uint8Array([4, 3, 2, 1]) },
    });
  });
});

describe('a handle', () => {
  it('says which codec is missing, and claims no slot then', () => {
    const celsius: Codec<number> = {
      name: 'celsius',
      size: 2,
      alignment: 2,
      encode: (value, memory, offset) => memory.view.setInt16(offset, value * 10, true),
      decode: (memory, offset) => memory.view.getInt16(offset, true) / 10,
    };
    using map = runtime.createMap({ type: 'queue', value: celsius, maxEntries: 2 });
    const handle = runtime.handle({ maps: { map } });
    assert.throws(() => attach(handle), { code: 'EINVAL', message: /map: value: its codec is one of your own/ });
    const reader = attach(handle, { codecs: { map: { value: celsius } } });
    reader.map('map').push(-12.5);
    assert.equal(map.pop(), -12.5);
    reader.close();
  });

  it('refuses what it cannot carry', () => {
    using programs = runtime.createMap({ type: 'prog_array', maxEntries: 1 });
    assert.throws(() => runtime.handle({ maps: { programs } }), {
      code: 'EINVAL',
      message: /maps\.programs: PROG_ARRAY maps hold nothing for readers/,
    });
    assert.throws(() => runtime.handle({ maps: { none: {} as never } }), { code: 'EINVAL' });
    assert.throws(() => runtime.handle({ map: {} } as never), { code: 'ERR_INNERMAP_UNKNOWN_OPTION' });
    assert.throws(() => attach({} as never), { code: 'EINVAL' });
  });

  it('is good for one attach when it is one-shot', async () => {
    using map = runtime.createMap(INNER);
    const handle = runtime.handle({ maps: { map } });
    const reader = attach(handle);
    assert.throws(() => attach(handle), { code: 'EBUSY' });
    reader.close();
  });
});
