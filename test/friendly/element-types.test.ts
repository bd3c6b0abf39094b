/** What only some map types have: per-CPU values, prefixes, spin locks, bulk writes, emptying, walks. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  BulkWriteError,
  bytes,
  cidr4,
  cidr6,
  PerCpuValues,
  Runtime,
  spinLock,
  struct,
  u8,
  u16,
  u32,
  u64,
} from 'innermap';

const CPUS = 3;
let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0, possibleCpus: CPUS });
});
after(() => runtime.close());

describe('per-CPU values', () => {
  it('come as arrays with a sum', () => {
    using hits = runtime.createMap({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 4 });
    assert.equal(hits.cpus, CPUS);
    hits.set(1, [1n, 2n, 2n ** 64n - 1n]);
    const values = hits.get(1);
    assert.ok(values instanceof PerCpuValues);
    assert.deepEqual([...values], [1n, 2n, 2n ** 64n - 1n]);
    assert.equal(values.sum(), 2n ** 64n + 2n);
    assert.equal(hits.sum(1), 2n ** 64n + 2n);
    assert.equal(hits.sum(2), undefined);
    assert.equal(Object.getPrototypeOf(values.map(String)), Array.prototype);
    using load = runtime.createMap({ type: 'percpu_array', value: u16, maxEntries: 2 });
    assert.equal(load.sum(0), 0);
    load.set(1, [1, 2, 65535]);
    assert.equal(load.sum(1), 65538);
    using names = runtime.createMap({ type: 'percpu_array', value: bytes(1), maxEntries: 1 });
    assert.throws(() => names.sum(0 as never), /neither numbers nor bigints/);
  });

  it('are set for all CPUs or not at all', () => {
    using map = runtime.createMap({ type: 'percpu_hash', key: u32, value: u8, maxEntries: 4 });
    for (const values of [[], [1], [1, 2], [1, 2, 3, 4], [1, 2, 256]]) {
      assert.throws(() => map.set(1, values), { code: 'ERR_INNERMAP_CODEC' });
    }
    assert.throws(() => map.set(1, 5 as never), /u8 per CPU: given 5, expected an array of 3, one value for each CPU/);
    assert.equal(map.size, 0);
  });

  it('are the ones that bpf() sees, in slots of 8 bytes', () => {
    using map = runtime.createMap({ type: 'percpu_array', value: u16, maxEntries: 2 });
    map.set(1, [0x0102, 0x0304, 0x0506]);
    const value = new Uint8Array(8 * CPUS).fill(0xff);
    runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: map.fd, key: Uint8Array.of(1, 0, 0, 0), value });
    const expected = new Uint8Array(8 * CPUS);
    expected.set([2, 1], 0);
    expected.set([4, 3], 8);
    expected.set([6, 5], 16);
    assert.deepEqual(value, expected);
  });

  it('are written and walked in bulk', () => {
    using map = runtime.createMap({ type: 'percpu_hash', key: u32, value: u32, maxEntries: 500 });
    assert.equal(map.setMany(Array.from({ length: 500 }, (_, key) => [key, [key, key, key]] as const)), 500);
    let total = 0;
    for (const [key, values] of map) {
      assert.equal(values.sum(), 3 * key);
      total += key;
    }
    assert.equal(total, (499 * 500) / 2);
  });
});

describe('a trie', () => {
  const routes = () =>
    runtime
      .createMap({ type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 100 })
      .set('0.0.0.0/0', 1)
      .set('10.0.0.0/8', 8)
      .set('10.1.0.0/16', 16);

  it('finds the longest prefix of an address, and of a prefix', () => {
    using map = routes();
    assert.equal(map.get('10.1.2.3'), 16);
    assert.equal(map.get('10.2.0.1'), 8);
    assert.equal(map.get('192.0.2.1'), 1);
    assert.equal(map.get('10.1.0.0/16'), 16);
    assert.equal(map.get('10.0.0.0/9'), 8);
    assert.equal(map.get('10.0.0.0/7'.replace('10', '8')), 1);
    assert.equal(map.delete('0.0.0.0/0'), true);
    assert.equal(map.get('192.0.2.1'), undefined);
    assert.equal(map.has('10.255.255.255'), true);
    assert.equal(map.size, 2);
  });

  it('refuses bad text for each operation, and changes nothing', () => {
    using map = routes();
    for (const use of [
      () => map.set('10.1.2.3/8', 1),
      () => map.set('10.1.2.3', 1),
      () => map.delete('10.1/16'),
      () => map.get('10.1'),
    ]) {
      assert.throws(use, { code: 'ERR_INNERMAP_CODEC' });
    }
    assert.equal(map.size, 3);
  });

  it('is walked with longer prefixes before those that contain them', () => {
    using map = routes();
    assert.deepEqual(
      [...map],
      [
        ['10.1.0.0/16', 16],
        ['10.0.0.0/8', 8],
        ['0.0.0.0/0', 1],
      ],
    );
    map.clear();
    assert.deepEqual([...map], []);
  });

  it('is walked without repeating and without missing, while entries come and go', () => {
    using map = runtime.createMap({ type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 5000 });
    const stays = new Set<string>();
    for (let index = 0; index < 2000; index++) {
      const prefix = `10.${index >> 8}.${index & 255}.0/24`;
      map.set(prefix, index);
      if (index % 3 === 0) stays.add(prefix);
    }
    const seen = new Set<string>();
    for (const [prefix] of map) {
      assert.ok(!seen.has(prefix), `${prefix} came twice`);
      seen.add(prefix);
      if (!stays.has(prefix)) map.delete(prefix);
      const index = seen.size;
      map.set(`172.16.${index >> 8}.${index & 255}/32`, 0);
      if (index > 4000) break;
    }
    for (const prefix of stays) assert.ok(seen.has(prefix), `${prefix} was missed`);
  });

  it('has IPv6 prefixes, and keys of the user’s own', () => {
    using six = runtime.createMap({ type: 'lpm_trie', key: cidr6, value: u32, maxEntries: 10 });
    six.set('2001:db8::/32', 32).set('2001:db8:1::/48', 48);
    assert.equal(six.get('2001:db8:1::7'), 48);
    assert.equal(six.get('2001:db8:2::7'), 32);
    assert.equal(six.get('2001:db9::'), undefined);
    const key = struct({ length: u32, data: bytes(4) });
    using own = runtime.createMap({ type: 'lpm_trie', key, value: u8, maxEntries: 10 });
    own.set({ length: 4, data: Uint8Array.of(0xf0, 0, 0, 0) }, 4);
    assert.equal(own.get({ length: 16, data: Uint8Array.of(0xff, 0xff, 0, 0) }), 4);
    assert.throws(() => own.set({ length: 33, data: new Uint8Array(4) }, 1), { code: 'EINVAL' });
  });
});

describe('a value with a spin lock', () => {
  const value = struct({ hits: u32, lock: spinLock, bytes: u64 });

  it('is read and written whole, and keeps its lock to itself', () => {
    for (const type of ['hash', 'array'] as const) {
      using map = runtime.createMap({ type, key: u32, value, maxEntries: 4 });
      map.set(1, { hits: 1, bytes: 2n });
      map.set(1, { hits: 3, bytes: 4n }, { lock: true });
      assert.deepEqual(map.get(1), { hits: 3, bytes: 4n });
      assert.deepEqual(map.get(1, { lock: true }), { hits: 3, bytes: 4n });
      assert.equal(map.insert(1, { hits: 0, bytes: 0n }, { lock: true }), false);
      assert.equal(map.replace(1, { hits: 5, bytes: 6n }, { lock: true }), true);
      assert.deepEqual(
        [...map.values()].find(({ hits }) => hits === 5),
        { hits: 5, bytes: 6n },
      );
      map.close();
    }
  });

  it('is asked for by lock: true, which others refuse', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 4 });
    map.set(1, 1n);
    assert.throws(() => map.set(1, 2n, { lock: true }), { code: 'EINVAL', message: /no spinLock field/ });
    assert.throws(() => map.get(1, { lock: true }), { code: 'EINVAL' });
    assert.equal(map.get(1), 1n);
  });

  it('goes through MAP_CREATE, which knows where locks are allowed', () => {
    const before = runtime.stats().descriptors;
    assert.throws(() => runtime.createMap({ type: 'lru_hash', key: u32, value, maxEntries: 4 }), {
      code: 'EOPNOTSUPP',
    });
    assert.equal(runtime.stats().descriptors, before);
    assert.throws(() => struct({ a: spinLock, b: spinLock }), { code: 'ERR_INNERMAP_CODEC' });
  });
});

describe('fill', () => {
  it('writes a hash from packed keys and values', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 1000 });
    const keys = Uint32Array.from({ length: 1000 }, (_, index) => index * 7);
    const values = BigUint64Array.from({ length: 1000 }, (_, index) => BigInt(index));
    assert.equal(map.fill(keys, values), 1000);
    assert.equal(map.size, 1000);
    assert.equal(map.get(7 * 999), 999n);
    assert.throws(
      () => map.fill(keys, values.subarray(1)),
      /RangeError: fill: given 4000 bytes of keys and 7992 of values/,
    );
    assert.throws(() => map.fill(new Uint8Array(3), new Uint8Array(8)), RangeError);
    assert.throws(
      () => map.fill(Uint32Array.of(0, 1), BigUint64Array.of(5n, 5n)),
      (error: unknown) =>
        error instanceof BulkWriteError && error.code === 'E2BIG' && error.done === 1 && error.syscall === 'fill',
    );
  });
});

describe('clear', () => {
  it('empties every kind of map', () => {
    using hash = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 3000 });
    hash.setMany(Array.from({ length: 3000 }, (_, key) => [key, key] as const));
    hash.clear();
    assert.equal(hash.size, 0);
    hash.set(1, 1);
    assert.equal(hash.size, 1);
    using array = runtime.createMap({ type: 'array', value: u32, maxEntries: 3 });
    array.fill(Uint32Array.of(1, 2, 3));
    array.clear();
    assert.deepEqual([...array.values()], [0, 0, 0]);
    using lru = runtime.createMap({ type: 'lru_hash', key: u32, value: u32, maxEntries: 1024 });
    lru.set(1, 1).clear();
    assert.equal(lru.size, 0);
    using queue = runtime.createMap({ type: 'stack', value: u32, maxEntries: 3 });
    queue.push(1).push(2).clear();
    assert.equal(queue.pop(), undefined);
    queue.push(1).push(2);
    assert.deepEqual([...queue.drain()], [2, 1]);
    const inner = { type: 'array', value: u32, maxEntries: 1 } as const;
    for (const type of ['hash_of_maps', 'array_of_maps'] as const) {
      using outer = runtime.createMap({ type, key: u32, maxEntries: 4, inner });
      using map = runtime.createMap(inner);
      outer.set(0, map).set(2, map).clear();
      assert.equal(outer.size, 0);
    }
  });
});

describe('an LRU hash', () => {
  it('is never full, and keeps no more than it may', () => {
    using map = runtime.createMap({ type: 'lru_hash', key: u32, value: u32, maxEntries: 100 });
    for (let key = 0; key < 1000; key++) map.set(key, key);
    assert.ok(map.size <= 100 && map.size > 0, `${map.size} elements`);
    assert.equal(map.get(999), 999);
    const keys = [...map.keys()];
    assert.equal(new Set(keys).size, map.size);
  });
});

describe('an outer map', () => {
  it('takes inner maps of every type that the kernel takes', () => {
    const inner = { key: u32, value: u32, maxEntries: 8 };
    const specs = [
      { type: 'percpu_array', value: u32, maxEntries: 4 },
      { ...inner, type: 'percpu_hash' },
      { ...inner, type: 'lru_hash' },
      { ...inner, type: 'lru_percpu_hash' },
      { type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 8 },
      { type: 'queue', value: u32, maxEntries: 8 },
      { type: 'stack', value: u32, maxEntries: 8 },
      { type: 'bloom_filter', value: u32, maxEntries: 8 },
      { type: 'ringbuf', maxEntries: 4096 },
      { type: 'user_ringbuf', maxEntries: 4096 },
    ] as const;
    for (const spec of specs) {
      using outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 2, inner: spec });
      const map = runtime.createMap(spec);
      outer.set(1, map as never);
      const { id } = map;
      map.close();
      const again = outer.get(1);
      assert.ok(again, spec.type);
      assert.deepEqual([again.id, again.type, again.closed], [id, spec.type, false]);
      again.close();
    }
    const programs = { type: 'prog_array', maxEntries: 1 };
    assert.throws(() => runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: programs } as never), {
      code: 'ENOTSUPP',
    });
  });

  it('hands the elements of inner maps through new objects of the right kind', () => {
    const spec = { type: 'queue', value: u64, maxEntries: 8 } as const;
    using outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 2, inner: spec });
    const queue = runtime.createMap(spec).push(7n);
    outer.set(0, queue);
    queue.close();
    const again = outer.get(0);
    assert.equal(again?.pop(), 7n);
    again?.close();
  });
});
