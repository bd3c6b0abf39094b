import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BpfError, type HashMap, MapFlags, Runtime, u32, u64 } from 'innermap';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0 });
});
after(() => runtime.close());

const INNER = { type: 'hash', key: u32, value: u64, maxEntries: 16 } as const;

function code(expected: string, pattern = /./): (error: BpfError) => boolean {
  return (error) => error.code === expected && pattern.test(error.message);
}

function inner(value: bigint): HashMap<number, bigint> {
  return runtime.createMap(INNER).set(1, value);
}

function outerMaps() {
  return [
    runtime.createMap({ type: 'array_of_maps', maxEntries: 4, inner: INNER, name: 'slots' }),
    runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner: INNER, name: 'keys' }),
  ];
}

function alive(id: number): boolean {
  try {
    runtime.close(runtime.bpf('MAP_GET_FD_BY_ID', { map_id: id }));
    return true;
  } catch (error) {
    assert.equal((error as BpfError).code, 'ENOENT');
    return false;
  }
}

describe('an outer map', () => {
  it('takes and gives map objects, the same one while it is open', () => {
    for (const outer of outerMaps()) {
      using map = inner(10n);
      assert.equal(outer.get(2), undefined);
      assert.equal(outer.has(2), false);
      assert.equal(outer.set(2, map), outer);
      assert.equal(outer.get(2), map);
      assert.equal(outer.has(2), true);
      assert.equal(outer.size, 1);
      assert.deepEqual([...outer], [[2, map]]);
      assert.deepEqual([...outer.keys()], [2]);
      assert.equal(outer.delete(2), true);
      assert.equal(outer.delete(2), false);
      assert.equal(outer.size, 0);
      assert.deepEqual([...outer], []);
      outer.close();
    }
  });

  it('keeps an inner map alive whose object was closed, and gives a new object of it', () => {
    for (const outer of outerMaps()) {
      const map = inner(7n);
      const { id } = map;
      outer.set(0, map);
      map.close();
      assert.equal(alive(id), true);
      const again = outer.get(0);
      assert.ok(again);
      assert.notEqual(again, map);
      assert.equal(again.id, id);
      assert.equal(again.get(1), 7n);
      assert.equal(outer.get(0), again);
      again.close();
      outer.delete(0);
      assert.equal(alive(id), false);
      outer.close();
    }
  });

  it('takes one map in several slots', () => {
    for (const outer of outerMaps()) {
      const map = inner(1n);
      outer.set(0, map).set(1, map);
      assert.equal(outer.get(0), outer.get(1));
      const { id } = map;
      map.close();
      outer.delete(0);
      assert.equal(alive(id), true);
      outer.delete(1);
      assert.equal(alive(id), false);
      outer.close();
    }
  });

  it('lets its inner maps go with itself', () => {
    for (const outer of outerMaps()) {
      const map = inner(1n);
      const { id } = map;
      outer.set(3, map);
      map.close();
      outer.close();
      assert.equal(alive(id), false);
    }
  });

  it('refuses what does not match its template, and keeps what it has', () => {
    for (const outer of outerMaps()) {
      using map = inner(1n);
      using other = runtime.createMap({ ...INNER, value: u32 });
      outer.set(0, map);
      assert.throws(() => outer.set(0, other as never), code('EINVAL', /value_size is 4, the template's is 8/));
      assert.equal(outer.get(0), map);
      outer.close();
    }
  });

  it('refuses closed maps, maps of another runtime, and what is no map', async () => {
    await using stranger = await Runtime.create({ workers: 0, memory: 1 << 24 });
    using foreign = stranger.createMap(INNER);
    const closed = inner(1n);
    closed.close();
    for (const outer of outerMaps()) {
      assert.throws(() => outer.set(0, foreign), code('EINVAL', /another runtime/));
      assert.throws(() => outer.set(0, closed), code('EBADF', /closed/));
      assert.throws(() => outer.set(0, new Map() as never), code('EINVAL', /no map object/));
      assert.equal(outer.has(0), false);
      outer.close();
    }
  });

  it('refuses an index beyond its end, and a key too many', () => {
    const [array, hash] = outerMaps();
    assert.ok(array && hash);
    using map = inner(1n);
    assert.throws(() => array.set(4, map), code('E2BIG'));
    assert.equal(array.get(4), undefined);
    for (let key = 0; key < 4; key++) hash.set(key, map);
    assert.throws(() => hash.set(4, map), code('E2BIG'));
    array.close();
    hash.close();
  });

  it('copies a template that is a live map', () => {
    const template = runtime.createMap({ ...INNER, maxEntries: 3 });
    using outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: template });
    assert.equal(outer.has(0), false, 'the template is not inserted');
    const { id } = template;
    template.close();
    assert.equal(alive(id), false, 'the template is not referenced');
    using map = inner(5n);
    outer.set(0, map);
    assert.equal(outer.get(0)?.get(1), 5n);
  });

  it('takes inner arrays of other lengths with INNER_MAP only', () => {
    const spec = { type: 'array', value: u32, maxEntries: 2 } as const;
    using fixed = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: spec });
    using longer = runtime.createMap({ ...spec, maxEntries: 3 });
    assert.throws(() => fixed.set(0, longer), code('EINVAL', /max_entries/));
    using free = runtime.createMap({
      type: 'array_of_maps',
      maxEntries: 1,
      inner: { ...spec, flags: MapFlags.INNER_MAP },
    });
    using longerInner = runtime.createMap({ ...spec, maxEntries: 3, flags: MapFlags.INNER_MAP });
    free.set(0, longerInner);
    assert.equal(free.get(0)?.maxEntries, 3);
  });
});

describe('swap', () => {
  it('lets the event loop turn now and then in a loop that awaits nothing else', async () => {
    let turns = 0;
    let due = setImmediate(function again() {
      turns++;
      due = setImmediate(again);
    });
    for (const outer of outerMaps()) {
      const tables = [inner(1n), inner(2n)] as const;
      turns = 0;
      for (let count = 0; count < 1000; count++) await outer.swap(1, tables[count % 2] as (typeof tables)[0]);
      assert.ok(turns >= 5, `${turns} turns in 1000 swaps`);
      turns = 0;
      for (let count = 0; count < 1000; count++) {
        outer.delete(1);
        await outer.swap(1, tables[0]);
      }
      assert.ok(turns >= 5, `${turns} turns in 1000 swaps into an empty slot`);
      for (const map of [outer, ...tables]) map.close();
    }
    clearImmediate(due);
  });

  it('publishes at once and hands the old map back, open', async () => {
    for (const outer of outerMaps()) {
      const first = inner(1n);
      using second = inner(2n);
      outer.set(0, first);
      const swapped = outer.swap(0, second);
      assert.equal(outer.get(0), second, 'visible before the wait ends');
      assert.equal(await swapped, first);
      assert.equal(first.closed, false);
      assert.equal(first.get(1), 1n);
      first.close();
      outer.close();
    }
  });

  it('hands back a map whose object was closed as a new object', async () => {
    for (const outer of outerMaps()) {
      const first = inner(1n);
      const { id } = first;
      outer.set(0, first);
      first.close();
      const old = await outer.swap(0, inner(2n));
      assert.ok(old);
      assert.equal(old.id, id);
      assert.equal(old.get(1), 1n);
      old.close();
      assert.equal(alive(id), false);
      outer.get(0)?.close();
      outer.close();
    }
  });

  it('gives undefined for an empty slot', async () => {
    for (const outer of outerMaps()) {
      using map = inner(1n);
      assert.equal(await outer.swap(0, map), undefined);
      assert.equal(outer.get(0), map);
      outer.close();
    }
  });

  it('refuses before it changes anything: a wrong map, a signal that has fired', async () => {
    for (const outer of outerMaps()) {
      using map = inner(1n);
      using other = runtime.createMap({ ...INNER, value: u32 });
      outer.set(0, map);
      await assert.rejects(outer.swap(0, other as never), code('EINVAL'));
      using next = inner(2n);
      await assert.rejects(outer.swap(0, next, { signal: AbortSignal.abort() }), code('ABORT_ERR'));
      assert.equal(outer.get(0), map);
      outer.close();
    }
  });
});

describe('replaceIf', () => {
  it('publishes only over the expected map', () => {
    for (const outer of outerMaps()) {
      using first = inner(1n);
      using second = inner(2n);
      assert.equal(outer.replaceIf(0, first, second), false, 'the slot is empty');
      assert.equal(outer.replaceIf(0, undefined, first), true);
      assert.equal(outer.replaceIf(0, undefined, second), false, 'the slot is taken');
      assert.equal(outer.replaceIf(0, second, first), false);
      assert.equal(outer.get(0), first);
      assert.equal(outer.replaceIf(0, first, second), true);
      assert.equal(outer.get(0), second);
      assert.equal(outer.replaceIf(0, second, undefined), true);
      assert.equal(outer.has(0), false);
      outer.close();
    }
  });

  it('knows the expected map even when its object is closed', () => {
    for (const outer of outerMaps()) {
      const first = inner(1n);
      using second = inner(2n);
      outer.set(0, first);
      first.close();
      assert.equal(outer.replaceIf(0, first, second), true);
      outer.close();
    }
  });
});

describe('memory', () => {
  it('comes back to where it was once everything is closed and the barrier has passed', async () => {
    await runtime.barrier();
    const before = runtime.stats();
    for (const outer of outerMaps()) {
      for (let round = 0; round < 200; round++) {
        using map = inner(BigInt(round));
        outer.set(round % 4, map);
      }
      outer.close();
    }
    await runtime.barrier();
    const { arena, maps } = runtime.stats();
    assert.equal(maps.live, before.maps.live);
    assert.equal(maps.retired, 0);
    assert.equal(arena.bytesUsed, before.arena.bytesUsed);
    assert.ok(maps.freed >= before.maps.freed + 400);
  });
});
