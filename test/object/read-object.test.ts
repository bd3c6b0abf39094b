import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBtf, writeBtf } from '#dist/shared/object/btf/index.js';
import { type ObjectMapSpec, readObject } from '#dist/shared/object/index.js';
import { MapType, ProgramFlags, ProgramType } from '#dist/shared/uapi.js';
import { nearestSection } from '#dist/shared/object/programs/section-names.js';
import { fixture, fixtures, specOf } from './fixtures.js';

const ALL = fixtures();

test('every object of every compiler is read, and its types are what BTF_LOAD takes', () => {
  assert.ok(ALL.length >= 70, `${ALL.length} objects`);
  for (const { file, bytes, source } of ALL) {
    const spec = readObject(bytes);
    if (source === 'core-target') continue;
    assert.equal(spec.license, 'GPL', file);
    assert.ok(Object.keys(spec.programs).length > 0, file);
    assert.equal(spec.btf === undefined, file.includes('.plain.'), file);
    if (spec.btf !== undefined) checkBtf(writeBtf(spec.btf));
    for (const program of Object.values(spec.programs)) {
      assert.equal(program.lines.length > 0, spec.btf !== undefined, `${file}: ${program.name}`);
    }
  }
});

test('objects of one source declare the same maps, programs and variables, whatever built them', () => {
  const shape = (bytes: Uint8Array): unknown => {
    const { maps, programs } = readObject(bytes);
    const sizes = Object.values(maps).map(({ name, type, keySize, valueSize, maxEntries, entries }) => {
      // String sections depend on what a compiler moves there.
      return name.startsWith('.rodata') ? name : [name, type, keySize, valueSize, maxEntries, entries];
    });
    return {
      maps: new Set(sizes.filter((size) => typeof size !== 'string')),
      programs: new Set(Object.keys(programs)),
    };
  };
  for (const source of new Set(ALL.map((one) => one.source))) {
    const [first, ...others] = ALL.filter((one) => one.source === source);
    for (const other of others)
      assert.deepEqual(shape(other.bytes), shape(first!.bytes), `${other.file} and ${first!.file}`);
  }
});

test('maps of .maps have every attribute', () => {
  const { maps, btf } = specOf('map-types.clang19.v3');
  const plain = (name: string): Partial<ObjectMapSpec> => {
    const { type, keySize, valueSize, maxEntries, flags, mapExtra, pinning, numaNode } = maps[name]!;
    return { type, keySize, valueSize, maxEntries, flags, mapExtra, pinning, numaNode };
  };
  const none = { flags: 0, mapExtra: 0, pinning: 'none' as const, numaNode: 0 };
  assert.deepEqual(plain('flows'), { ...none, type: MapType.HASH, keySize: 8, valueSize: 16, maxEntries: 128 });
  assert.deepEqual(plain('routes'), {
    ...none,
    type: MapType.LPM_TRIE,
    keySize: 8,
    valueSize: 4,
    maxEntries: 256,
    flags: 1,
  });
  assert.deepEqual(plain('undo'), { ...none, type: MapType.STACK, keySize: 0, valueSize: 4, maxEntries: 8 });
  assert.deepEqual(plain('seen'), {
    ...none,
    type: MapType.BLOOM_FILTER,
    keySize: 0,
    valueSize: 4,
    maxEntries: 100,
    mapExtra: 3,
  });
  assert.deepEqual(plain('events'), { ...none, type: MapType.RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4096 });
  assert.deepEqual(plain('raw'), {
    ...none,
    type: MapType.HASH,
    keySize: 6,
    valueSize: 10,
    maxEntries: 3,
    flags: 4,
    pinning: 'byName',
  });
  assert.equal(btf!.types[maps['flows']!.keyType]!.name, 'flow');
  assert.equal(btf!.types[maps['flows']!.valueType]!.name, 'counters');
  assert.equal(Object.keys(maps).length, 14);
});

test('outer maps have their template, and what they hold from the start', () => {
  const { maps } = specOf('map-in-map.clang16.v3');
  assert.deepEqual(maps['by_index']!.entries, [
    { index: 0, name: 'first' },
    { index: 2, name: 'second' },
  ]);
  assert.equal(maps['by_index']!.inner!.type, MapType.ARRAY);
  assert.equal(maps['by_tenant']!.inner!.type, MapType.HASH);
  assert.equal(maps['by_tenant']!.inner!.maxEntries, 8);
  assert.equal(maps['rings']!.inner!.type, MapType.RINGBUF);
  assert.equal(maps['rings']!.valueSize, 4);
});

test('program arrays name their programs', () => {
  const { maps } = specOf('tail-calls.clang14.v3');
  assert.deepEqual(maps['steps']!.entries, [
    { index: 1, name: 'pass_it' },
    { index: 2, name: 'drop_it' },
  ]);
  assert.deepEqual(maps['later']!.entries, []);
});

test('global data becomes maps that are named as libbpf names them', () => {
  const { maps, variables } = specOf('globals.clang19.v3');
  const names = Object.values(maps).map(({ name, kernelName }) => [name, kernelName]);
  assert.deepEqual(Object.fromEntries(names), {
    '.rodata': 'globals.rodata',
    '.data': 'globals.data',
    '.bss': 'globals.bss',
    '.data.tables': '.data.tables',
    '.rodata.tables': '.rodata.tables',
    '.bss.scratch': '.bss.scratch',
    '.rodata.str1.1': '.rodata.str1.1',
  });
  const view = new DataView(maps['.data']!.contents!.buffer);
  assert.equal(view.getBigUint64(variables['hits']!.offset, true), 100n);
  assert.equal(view.getInt32(variables['balance']!.offset, true), -5);
  assert.deepEqual([...maps['.data.tables']!.contents!], [1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0]);
  assert.equal(maps['.rodata']!.frozen, true);
  assert.equal(
    maps['.bss']!.contents!.every((byte) => byte === 0),
    true,
  );
  assert.equal(variables['threshold']!.constant, true);
  assert.equal(variables['hidden']!.map, '.bss');
});

test('subprograms are linked once behind the programs that call them', () => {
  const { programs } = specOf('subprograms.clang19.v3');
  const { first, second, third, optional, filter, strange } = programs;
  assert.equal(first!.functions.length, 4, 'first, mix, add, weigh');
  assert.equal(second!.functions.length, 5);
  assert.equal(third!.insns.length, 16);
  assert.deepEqual([optional!.autoload, optional!.flags], [false, ProgramFlags.XDP_HAS_FRAGS]);
  assert.equal(filter!.type, ProgramType.SOCKET_FILTER);
  assert.match(strange!.problems.join(), /section "unheard\/of": no convention says/);
  for (const program of [first!, second!]) assert.deepEqual(callTargets(program.insns), starts(program));
});

/** Where the calls of a program lead. */
function callTargets(insns: Uint8Array): number[] {
  const view = new DataView(insns.buffer);
  const targets = new Set([0]);
  for (let slot = 0; slot * 8 < insns.length; slot++) {
    if (insns[slot * 8] === 0x85 && insns[slot * 8 + 1] === 0x10)
      targets.add(slot + 1 + view.getInt32(slot * 8 + 4, true));
  }
  return [...targets].sort((one, other) => one - other);
}

function starts(program: { functions: readonly { insn: number }[] }): number[] {
  return program.functions.map(({ insn }) => insn);
}

test('addresses of callbacks are distances from the load', () => {
  const { programs } = specOf('callbacks.clang19.v3');
  const { insns, functions } = programs['loop']!;
  const view = new DataView(insns.buffer);
  const isLoad = (at: number): boolean => at % 8 === 0 && insns[at] === 0x18 && insns[at + 1]! >>> 4 === 4;
  const load = [...insns.keys()].findIndex(isLoad) / 8;
  assert.equal(load + 1 + view.getInt32(load * 8 + 4, true), functions[1]!.insn);
});

test('externs of the kernel have a value, are zero, or are named as missing', () => {
  const { maps, programs } = specOf('externs.clang19.v3');
  const view = new DataView(maps['.kconfig']!.contents!.buffer);
  assert.equal(view.getUint32(0, true), 0x061200);
  assert.equal(view.getInt32(4, true), 0);
  assert.deepEqual(programs['weak']!.problems, []);
  assert.match(programs['needs_kfunc']!.problems.join(), /needs the kernel function bpf_needed_kfunc/);
  const given = readObject(fixture('externs.clang19.v3'), { kconfig: { CONFIG_HZ: 250 } });
  assert.equal(new DataView(given.maps['.kconfig']!.contents!.buffer).getInt32(4, true), 250);
});

test('maps of objects without BTF come from the section maps', () => {
  const { maps, variables } = specOf('legacy.clang14.v2.plain');
  assert.deepEqual([maps['counts']!.type, maps['counts']!.valueSize], [MapType.ARRAY, 8]);
  assert.deepEqual([maps['table']!.type, maps['table']!.flags], [MapType.HASH, 1]);
  assert.deepEqual(variables['weight'], { name: 'weight', map: '.data', offset: 0, size: 4, type: 0, constant: false });
});

test('a big-endian object is refused, and says why', () => {
  const bytes = fixture('loops.clang19.v3').slice();
  bytes[5] = 2;
  assert.throws(() => readObject(bytes), { name: 'ObjectError' });
});

test('a section that is misspelt has the right one named', () => {
  const meant = {
    xpd: 'xdp',
    'kprob/vfs_open': 'kprobe/vfs_open',
    '?scoket': 'socket',
    'cgroup/conect4': 'cgroup/connect4',
  };
  for (const [name, near] of Object.entries(meant)) assert.equal(nearestSection(name), near, name);
  assert.equal(nearestSection('unheard/of'), undefined);
});
