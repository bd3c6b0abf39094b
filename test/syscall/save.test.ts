/** Saving maps and loading them again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BpfError, MapFlags, MapType } from 'innermap';
import { type LoadedMap, loadMaps, SaveError, saveMaps } from '#dist/api/save.js';
import { Random } from './differential/random.js';
import { syscallTarget, type SyscallTarget } from './target.js';

const word = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const MEMORY = 256 << 20;

/** One map of each type that holds something, an outer map of two of them, and a pin. */
function populated(target: SyscallTarget): void {
  const maps: Record<string, number> = {};
  for (const [name, attributes] of Object.entries(SPECS)) {
    const fd = create(target, attributes);
    if (fd === undefined) continue;
    maps[name] = fd;
    const keySize = Number(attributes['key_size']);
    for (let index = 0; index < 3; index++) {
      const key = keySize === 0 ? null : keyOf(keySize, index);
      target.bpf('MAP_UPDATE_ELEM', { map_fd: fd, key, value: new Uint8Array(16).fill(index + 1) });
    }
  }
  const { array = -1 } = maps;
  const outer = target.bpf('MAP_CREATE', {
    map_type: MapType.ARRAY_OF_MAPS,
    key_size: 4,
    value_size: 4,
    max_entries: 4,
    inner_map_fd: array,
    map_name: 'outer',
  });
  target.bpf('MAP_UPDATE_ELEM', { map_fd: outer, key: word(2), value: word(array) });
  target.bpf('OBJ_PIN', { pathname: '/tables/array', bpf_fd: array });
  target.bpf('MAP_FREEZE', { map_fd: array });
}

const SPECS: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  array: { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4, map_name: 'array' },
  percpu: { map_type: MapType.PERCPU_ARRAY, key_size: 4, value_size: 8, max_entries: 4, map_name: 'percpu' },
  hash: { map_type: MapType.HASH, key_size: 5, value_size: 8, max_entries: 7, map_name: 'hash' },
  lru: { map_type: MapType.LRU_HASH, key_size: 4, value_size: 8, max_entries: 64, map_name: 'lru' },
  trie: {
    map_type: MapType.LPM_TRIE,
    key_size: 8,
    value_size: 8,
    max_entries: 9,
    map_flags: MapFlags.NO_PREALLOC,
    map_name: 'trie',
  },
  queue: { map_type: MapType.QUEUE, key_size: 0, value_size: 8, max_entries: 4, map_name: 'queue' },
  stack: { map_type: MapType.STACK, key_size: 0, value_size: 8, max_entries: 4, map_name: 'stack' },
  filter: { map_type: MapType.BLOOM_FILTER, key_size: 0, value_size: 8, max_entries: 40, map_name: 'filter' },
};

function create(target: SyscallTarget, attributes: Readonly<Record<string, number | string>>): number | undefined {
  try {
    return target.bpf('MAP_CREATE', { ...attributes });
  } catch (error) {
    if (error instanceof BpfError && error.missing !== undefined) return undefined;
    throw error;
  }
}

function keyOf(size: number, index: number): Uint8Array {
  const key = new Uint8Array(size);
  key.set(word(size === 8 ? 8 * (index + 1) : index));
  if (size === 8) key.set(word(0x010203), 4);
  return key;
}

/** Everything that can be read of a runtime's maps, without their ids. */
function contents(target: SyscallTarget): unknown {
  return [...target.kernel.maps()].map((map) => {
    const { name, type, keySize, valueSize, maxEntries, flags, frozen } = map;
    const fd = target.kernel.openMap(map);
    const held = [...(map.inner ?? [])].map(([inner, slots]) => [inner.name, slots]);
    return { name, type, keySize, valueSize, maxEntries, flags, frozen, held, elements: elements(target, fd, map) };
  });
}

function elements(
  target: SyscallTarget,
  fd: number,
  map: { type: number; keySize: number; valueBytes: number },
): unknown {
  if (map.type === MapType.QUEUE || map.type === MapType.STACK) return drained(target, fd, map.valueBytes);
  if (map.type === MapType.BLOOM_FILTER) return members(target, fd, map.valueBytes);
  const found: unknown[] = [];
  let key: Uint8Array | null = null;
  for (;;) {
    const next: Uint8Array = new Uint8Array(map.keySize);
    if (attempt(() => target.bpf('MAP_GET_NEXT_KEY', { map_fd: fd, key, next_key: next })) !== 0) return found;
    const value = new Uint8Array(map.valueBytes);
    const result = attempt(() => target.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key: next, value }));
    const isOuter = map.type === MapType.ARRAY_OF_MAPS;
    found.push([[...next], result === 0 ? (isOuter ? 'a map' : [...value]) : result]);
    key = next;
  }
}

function drained(target: SyscallTarget, fd: number, size: number): unknown {
  const found: unknown[] = [];
  for (;;) {
    const value = new Uint8Array(size);
    if (attempt(() => target.bpf('MAP_LOOKUP_AND_DELETE_ELEM', { map_fd: fd, key: null, value })) !== 0) return found;
    found.push([...value]);
  }
}

function members(target: SyscallTarget, fd: number, size: number): unknown {
  return Array.from({ length: 32 }, (_, index) =>
    attempt(() => target.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key: null, value: new Uint8Array(size).fill(index) })),
  );
}

function attempt(call: () => number): number | string {
  try {
    return call();
  } catch (error) {
    if (error instanceof BpfError) return error.code;
    throw error;
  }
}

function closeAll(target: SyscallTarget, loaded: readonly LoadedMap[]): void {
  for (const { fd } of loaded) target.close(fd);
}

describe('saved maps', () => {
  test('come back as they were: contents, order, links, names, frozen', () => {
    const source = syscallTarget({ memory: MEMORY });
    populated(source);
    const bytes = saveMaps(source.kernel);
    const copy = syscallTarget({ memory: MEMORY });
    const loaded = loadMaps(copy.kernel, bytes);
    assert.equal(loaded.length, source.kernel.mapCount);
    const pinned = copy.bpf('OBJ_GET', { pathname: '/tables/array' });
    assert.equal(copy.kernel.mapFile(pinned, 'test').map.name, 'array');
    assert.deepEqual(contents(copy), contents(source));
  });

  test('saving changes nothing', () => {
    const source = syscallTarget({ memory: MEMORY });
    populated(source);
    const first = saveMaps(source.kernel);
    assert.deepEqual(saveMaps(source.kernel), first);
  });

  test('any damaged byte, and any length, is found, and nothing is created', () => {
    const source = syscallTarget({ memory: MEMORY });
    populated(source);
    const bytes = saveMaps(source.kernel);
    const copy = syscallTarget({ memory: MEMORY });
    const random = new Random(1);
    for (let round = 0; round < 300; round++) {
      const damaged = bytes.slice(0, random.chance(30) ? random.below(bytes.length) : bytes.length);
      if (damaged.length === bytes.length) damaged[random.below(bytes.length)]! ^= 1 + random.below(255);
      assert.throws(() => loadMaps(copy.kernel, damaged), SaveError);
      assert.equal(copy.kernel.mapCount, 0);
    }
  });

  test('another version, and other CPUs, are told apart from damage', () => {
    const source = syscallTarget({ memory: MEMORY });
    populated(source);
    const bytes = saveMaps(source.kernel);
    const other = bytes.slice();
    other[8] = 99;
    const copy = syscallTarget({ memory: MEMORY });
    assert.throws(
      () => loadMaps(copy.kernel, other),
      (error) => error instanceof SaveError && error.code === 'ERR_INNERMAP_SAVE_VERSION',
    );
    const wide = syscallTarget({ memory: MEMORY, possibleCpus: 3 });
    assert.throws(
      () => loadMaps(wide.kernel, bytes),
      (error) => error instanceof SaveError && error.code === 'ERR_INNERMAP_SAVE_MISMATCH',
    );
    assert.equal(wide.kernel.mapCount, 0);
  });

  test('where there is no room, nothing is created', async () => {
    const source = syscallTarget({ memory: MEMORY });
    for (let index = 0; index < 3; index++)
      source.bpf('MAP_CREATE', { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 2 ** 20 });
    const small = syscallTarget({ memory: 20 << 20 });
    assert.throws(
      () => loadMaps(small.kernel, saveMaps(source.kernel)),
      (error) => error instanceof BpfError && error.code === 'ENOMEM',
    );
    assert.equal(small.kernel.mapCount, 0);
    await small.barrier();
    assert.equal(small.kernel.core.retiredMaps(), 0);
  });

  test('loading twice gives two sets of maps', () => {
    const source = syscallTarget({ memory: MEMORY });
    source.bpf('MAP_CREATE', { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 2 });
    const bytes = saveMaps(source.kernel);
    const loaded = loadMaps(source.kernel, bytes);
    assert.equal(source.kernel.mapCount, 2);
    closeAll(source, loaded);
    assert.equal(source.kernel.mapCount, 1);
  });
});
