import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  BulkWriteError,
  BpfError,
  bytes,
  type Codec,
  MapFlags,
  OptionError,
  Runtime,
  struct,
  u8,
  u16,
  u32,
  u64,
} from 'innermap';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0 });
});
after(() => runtime.close());

function code(expected: string, pattern = /./): (error: BpfError) => boolean {
  return (error) => error instanceof BpfError && error.code === expected && pattern.test(error.message);
}

describe('a hash', () => {
  it('is like a Map', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 100, name: 'like_a_map' });
    assert.equal(map.get(1), undefined);
    assert.equal(map.set(1, 10n).set(2, 20n), map);
    assert.equal(map.get(1), 10n);
    assert.equal(map.has(2), true);
    assert.equal(map.has(3), false);
    assert.equal(map.size, 2);
    assert.equal(map.delete(1), true);
    assert.equal(map.delete(1), false);
    assert.deepEqual([...map], [[2, 20n]]);
    assert.deepEqual([...map.keys()], [2]);
    assert.deepEqual([...map.values()], [20n]);
    const seen: unknown[] = [];
    map.forEach((value, key, self) => void seen.push([key, value, self === map]));
    assert.deepEqual(seen, [[2, 20n, true]]);
    assert.equal(map.name, 'like_a_map');
    assert.equal(map.type, 'hash');
  });

  it('takes keys of any size and compares them whole', () => {
    const key = struct({ protocol: u8, port: u16, address: u32 });
    using map = runtime.createMap({ type: 'hash', key, value: bytes(3), maxEntries: 10 });
    map.set({ protocol: 6, port: 80, address: 1 }, Uint8Array.of(1, 2, 3));
    map.set({ protocol: 17, port: 80, address: 1 }, Uint8Array.of(4, 5, 6));
    assert.deepEqual(map.get({ protocol: 6, port: 80, address: 1 }), Uint8Array.of(1, 2, 3));
    assert.deepEqual(map.get({ protocol: 17, port: 80, address: 1 }), Uint8Array.of(4, 5, 6));
    assert.equal(map.get({ protocol: 6, port: 81, address: 1 }), undefined);
    using long = runtime.createMap({ type: 'hash', key: bytes(100_000), value: u32, maxEntries: 4 });
    const one = new Uint8Array(100_000);
    const other = one.with(99_999, 1);
    long.set(one, 1).set(other, 2);
    assert.deepEqual([long.get(one), long.get(other)], [1, 2]);
    assert.equal([...long].length, 2);
  });

  it('gives values that are copies', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: bytes(4), maxEntries: 1 });
    map.set(1, Uint8Array.of(1, 2, 3, 4));
    const value = map.get(1);
    assert.ok(value);
    value[0] = 9;
    assert.deepEqual(map.get(1), Uint8Array.of(1, 2, 3, 4));
  });

  it('is full at exactly maxEntries, and replacing still works then', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 3, name: 'three' });
    for (const key of [1, 2, 3]) map.set(key, key);
    assert.throws(() => map.set(4, 4), code('E2BIG', /set: hash "three" \(id \d+\): the map is full \(maxEntries 3\)/));
    assert.equal(map.has(4), false);
    map.set(3, 33);
    assert.equal(map.get(3), 33);
    assert.equal(map.size, 3);
  });

  it('inserts only what is missing and replaces only what is there', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 3 });
    assert.equal(map.replace(1, 1), false);
    assert.equal(map.has(1), false);
    assert.equal(map.insert(1, 1), true);
    assert.equal(map.insert(1, 2), false);
    assert.equal(map.get(1), 1);
    assert.equal(map.replace(1, 3), true);
    assert.equal(map.get(1), 3);
  });

  it('is walked whole, whatever its size, and while its elements are deleted', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 5000 });
    for (let key = 0; key < 5000; key++) map.set(key, key * 2);
    const keys = new Set<number>();
    for (const [key, value] of map) {
      assert.equal(value, key * 2);
      assert.ok(!keys.has(key), `key ${key} came twice`);
      keys.add(key);
      map.delete(key);
    }
    assert.equal(keys.size, 5000);
    assert.equal(map.size, 0);
  });

  it('refuses a key or value that its codec cannot hold, and changes nothing', () => {
    using map = runtime.createMap({ type: 'hash', key: u16, value: u8, maxEntries: 3 });
    assert.throws(() => map.set(70_000, 1), { code: 'ERR_INNERMAP_CODEC', message: /u16: given 70000/ });
    assert.throws(() => map.set(1, 256), { code: 'ERR_INNERMAP_CODEC', message: /u8: given 256/ });
    assert.equal(map.size, 0);
  });
});

describe('an array', () => {
  it('has all its elements from the start', () => {
    using map = runtime.createMap({ type: 'array', value: u32, maxEntries: 4 });
    assert.equal(map.size, 4);
    assert.deepEqual([...map.values()], [0, 0, 0, 0]);
    map.set(3, 7);
    assert.equal(map.get(3), 7);
    assert.equal(map.get(4), undefined);
    assert.equal(map.has(3), true);
    assert.equal(map.has(4), false);
    assert.equal(map.insert(0, 1), false);
    assert.equal(map.replace(0, 5), true);
    assert.deepEqual(
      [...map],
      [
        [0, 5],
        [1, 0],
        [2, 0],
        [3, 7],
      ],
    );
  });

  it('refuses an index beyond its end and deletion', () => {
    using map = runtime.createMap({ type: 'array', value: u32, maxEntries: 4 });
    assert.throws(() => map.set(4, 1), code('E2BIG', /last index is 3/));
    assert.throws(() => map.delete(1), code('EINVAL', /cannot be deleted/));
  });

  it('is filled from a typed array, value size by value size', () => {
    using map = runtime.createMap({ type: 'array', value: u32, maxEntries: 5 });
    map.set(4, 99);
    assert.equal(map.fill(Uint32Array.of(1, 2, 3)), 3);
    assert.deepEqual([...map.values()], [1, 2, 3, 0, 99]);
    using odd = runtime.createMap({ type: 'array', value: bytes(3), maxEntries: 2 });
    odd.fill(Uint8Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual([...odd.values()], [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
    assert.throws(
      () => odd.fill(new Uint8Array(4)),
      /RangeError: fill: given 4 bytes, expected a multiple of the value size 3/,
    );
    assert.throws(() => odd.fill(new Uint8Array(9)), RangeError);
    assert.deepEqual(odd.get(0), Uint8Array.of(1, 2, 3));
  });
});

describe('setMany', () => {
  it('writes all elements of an iterable', () => {
    using hash = runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 2000 });
    const entries = new Map(Array.from({ length: 2000 }, (_, key) => [key, BigInt(key)]));
    assert.equal(hash.setMany(entries), 2000);
    assert.deepEqual(new Map(hash), entries);
    using array = runtime.createMap({ type: 'array', value: bytes(3), maxEntries: 3 });
    assert.equal(
      array.setMany([
        [2, Uint8Array.of(7, 8, 9)],
        [0, Uint8Array.of(1, 2, 3)],
      ]),
      2,
    );
    assert.deepEqual(array.get(2), Uint8Array.of(7, 8, 9));
    assert.equal(array.setMany([]), 0);
  });

  it('says how many were written when one fails', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 2, name: 'small' });
    assert.throws(
      () =>
        map.setMany([
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ]),
      (error: BulkWriteError) =>
        error instanceof BulkWriteError &&
        error.code === 'E2BIG' &&
        error.done === 2 &&
        /element 2 of 4/.test(error.message),
    );
    assert.deepEqual(
      new Map(map),
      new Map([
        [1, 1],
        [2, 2],
      ]),
    );
  });

  it('writes nothing when a value does not fit its codec', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u8, maxEntries: 9 });
    assert.throws(
      () =>
        map.setMany([
          [1, 1],
          [2, 256],
        ]),
      { code: 'ERR_INNERMAP_CODEC' },
    );
    assert.equal(map.size, 0);
  });
});

describe('a map object', () => {
  it('refuses everything once closed, and closing again does nothing', () => {
    const map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 2 });
    map.close();
    map.close();
    assert.equal(map.closed, true);
    for (const use of [() => map.get(1), () => map.set(1, 1), () => map.delete(1), () => [...map], () => map.size]) {
      assert.throws(use, code('EBADF', /closed/));
    }
    assert.throws(() => map.setMany([[1, 1]]), code('EBADF'));
  });

  it('obeys the access flags of its descriptor', () => {
    const spec = { type: 'hash', key: u32, value: u32, maxEntries: 2 } as const;
    using readOnly = runtime.createMap({ ...spec, flags: MapFlags.RDONLY });
    assert.equal(readOnly.get(1), undefined);
    assert.throws(() => readOnly.set(1, 1), code('EPERM', /RDONLY/));
    using writeOnly = runtime.createMap({ ...spec, flags: MapFlags.WRONLY });
    writeOnly.set(1, 1);
    assert.throws(() => writeOnly.get(1), code('EPERM', /WRONLY/));
  });

  it('shows its properties to console.log', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 2, name: 'shown' });
    map.set(1, 1);
    assert.equal(inspect(map), `BpfMap<hash> { id: ${map.id}, name: 'shown', size: 1, maxEntries: 2 }`);
    assert.match(inspect({ deep: { deeper: { deepest: { map } } } }), /\[Object\]|BpfMap/);
  });

  it('shares its elements with bpf() on the same descriptor', () => {
    using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 2 });
    map.set(5, 0x01020304);
    const value = new Uint8Array(4);
    runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: map.fd, key: Uint8Array.of(5, 0, 0, 0), value });
    assert.deepEqual(value, Uint8Array.of(4, 3, 2, 1));
  });
});

describe('createMap', () => {
  const good = { type: 'hash', key: u32, value: u32, maxEntries: 8 } as const;

  it('takes kernel names of types', () => {
    for (const type of ['hash', 'HASH', 'BPF_MAP_TYPE_HASH'] as const) {
      using map = runtime.createMap({ ...good, type });
      assert.equal(map.type, 'hash');
    }
  });

  it('names the property of a wrong spec', () => {
    const wrong: [unknown, string, RegExp][] = [
      [{ ...good, maxentries: 8 }, 'maxentries', /createMap\(\): unknown option maxentries: did you mean maxEntries\?/],
      [{ ...good, type: 'hsah' }, 'type', /given 'hsah', expected one of .*did you mean hash\?/],
      [{ ...good, key: undefined }, 'key', /option key: given undefined, expected a codec/],
      [{ ...good, value: 'u32' }, 'value', /option value: given 'u32', expected a codec/],
      [{ ...good, maxEntries: -1 }, 'maxEntries', /given -1, expected an integer from 0 to 4294967295/],
      [{ ...good, inner: good }, 'inner', /unknown option inner/],
      [
        { type: 'array_of_maps', maxEntries: 1 },
        'inner',
        /option inner: given undefined, expected a map spec or a BpfMap/,
      ],
      [
        { type: 'array_of_maps', maxEntries: 1, inner: { ...good, valeu: u8 } },
        'valeu',
        /createMap\(\): inner: unknown option valeu/,
      ],
      [undefined, 'type', /option type: given undefined/],
    ];
    for (const [spec, option, message] of wrong) {
      assert.throws(
        () => runtime.createMap(spec as typeof good),
        (error: OptionError) => {
          assert.ok(error instanceof OptionError, String(error));
          assert.equal(error.option, option);
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('leaves the rules of map types to MAP_CREATE, and nothing behind when they refuse', () => {
    const before = runtime.stats();
    assert.throws(() => runtime.createMap({ ...good, maxEntries: 0 }), code('EINVAL', /max_entries/));
    assert.throws(() => runtime.createMap({ ...good, name: 'no spaces' }), code('EINVAL', /name/));
    assert.throws(() => runtime.createMap({ ...good, flags: 1 << 30 }), code('EINVAL', /flags/));
    const nested = {
      type: 'array_of_maps',
      maxEntries: 1,
      inner: { type: 'array_of_maps', maxEntries: 1, inner: good },
    };
    assert.throws(() => runtime.createMap(nested as never), code('EINVAL'));
    const { maps, descriptors } = runtime.stats();
    assert.equal(maps.live, before.maps.live);
    assert.equal(descriptors, before.descriptors);
  });

  it('works with a codec of the user', () => {
    const celsius: Codec<number> = {
      name: 'celsius',
      size: 2,
      alignment: 2,
      encode: (value, memory, offset) => memory.view.setInt16(offset, Math.round(value * 10), true),
      decode: (memory, offset) => memory.view.getInt16(offset, true) / 10,
    };
    using map = runtime.createMap({ type: 'array', value: celsius, maxEntries: 1 });
    map.set(0, -12.3);
    assert.equal(map.get(0), -12.3);
  });

  it('types keys, values and inner maps exactly', () => {
    using map = runtime.createMap({ ...good, value: u64 });
    // @ts-expect-error: values are bigints
    assert.throws(() => map.set(1, 1));
    // @ts-expect-error: keys are numbers
    assert.throws(() => map.get('1'));
    using outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 1, inner: { ...good, value: u64 } });
    const value: bigint | undefined = outer.get(1)?.get(1);
    assert.equal(value, undefined);
    // @ts-expect-error: elements are maps
    assert.throws(() => outer.set(1, 5n));
  });
});
