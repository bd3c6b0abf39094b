/** The programs of every object, linked here, loaded into the live kernel: it takes all that should be taken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeBtf, writeFunctionInfo, writeLineInfo } from '#dist/shared/object/btf/index.js';
import { CoreRelocator } from '#dist/shared/object/core/relocate.js';
import { readTargetBtf } from '#dist/shared/object/core/target.js';
import { type ObjectMapSpec, type ObjectProgramSpec, type ObjectSpec, readObject } from '#dist/shared/object/index.js';
import { MapType } from '#dist/shared/uapi.js';
import { openLibc } from '../../bench/kernel/libc.js';
import { fixture, fixtures } from './fixtures.js';

const Command = { MAP_CREATE: 0, PROG_LOAD: 5, BTF_LOAD: 18 } as const;
const libc = openLibc();

type Field = readonly [offset: number, value: number | Uint8Array | string];

/** One call of bpf(2): a descriptor or -errno. */
function bpf(command: number, fields: readonly Field[]): number {
  if ('unavailable' in libc) throw new Error(libc.unavailable);
  const attributes = new Uint8Array(152);
  const view = new DataView(attributes.buffer);
  for (const [offset, value] of fields) {
    if (typeof value === 'number') view.setUint32(offset, value, true);
    else if (typeof value === 'string') attributes.set(new TextEncoder().encode(value.slice(0, 15)), offset);
    else view.setBigUint64(offset, value.length === 0 ? 0n : libc.address(value), true);
  }
  return libc.bpf(command, attributes);
}

function unusable(): string | false {
  if ('unavailable' in libc) return libc.unavailable;
  const fd = createMap(specOfSize(8), 0, 0);
  if (fd < 0) return `MAP_CREATE gives errno ${-fd}: no rights`;
  libc.close(fd);
  return false;
}

function specOfSize(size: number): ObjectMapSpec {
  const map = readObject(fixture('legacy.clang14.v2.plain')).maps['counts']!;
  return { ...map, valueSize: size };
}

const TYPELESS: readonly number[] = [
  MapType.PERF_EVENT_ARRAY,
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
  MapType.QUEUE,
  MapType.STACK,
  MapType.PROG_ARRAY,
];

function createMap(map: ObjectMapSpec, btf: number, inner: number): number {
  const typed = btf > 0 && !TYPELESS.includes(map.type) && map.valueType > 0;
  const fields: Field[] = [
    [0, map.type],
    [4, map.keySize],
    [8, map.valueSize],
    [12, map.maxEntries || 1],
    [16, map.flags],
    [20, inner],
    [24, map.numaNode],
    [28, map.kernelName],
    [64, map.mapExtra],
  ];
  if (typed) fields.push([48, btf], [52, map.keyType], [56, map.valueType]);
  return bpf(Command.MAP_CREATE, fields);
}

function createMaps(spec: ObjectSpec, btf: number, fds: number[]): Map<string, number> {
  const maps = new Map<string, number>();
  for (const map of Object.values(spec.maps)) {
    const inner = map.inner ? createMap(map.inner, btf, 0) : 0;
    if (map.inner) fds.push(inner);
    const fd = createMap({ ...map, flags: map.flags & ~(1 << 2) }, btf, inner);
    assert.ok(fd > 0, `map ${map.name}: errno ${-fd}`);
    fds.push(fd);
    maps.set(map.name, fd);
  }
  return maps;
}

/** 0 or an errno, and the log. */
function load(
  program: ObjectProgramSpec,
  insns: Uint8Array,
  maps: ReadonlyMap<string, number>,
  btf: number,
): [number, string] {
  const bytes = insns.slice();
  const view = new DataView(bytes.buffer);
  for (const { slot, map } of program.references) view.setInt32(slot * 8 + 4, maps.get(map)!, true);
  const log = new Uint8Array(1 << 18);
  const functions = writeFunctionInfo(program.functions);
  const lines = writeLineInfo(program.lines);
  const license = new TextEncoder().encode('GPL\0');
  const fields: Field[] = [
    [0, program.type],
    [4, bytes.length / 8],
    [8, bytes],
    [16, license],
    [24, 1],
    [28, log.length],
    [32, log],
    [44, program.flags],
    [48, program.name],
    [68, program.expectedAttachType],
  ];
  if (btf > 0) {
    fields.push([72, btf], [76, 8], [80, functions], [88, program.functions.length]);
    fields.push([92, 16], [96, lines], [104, program.lines.length]);
  }
  const fd = bpf(Command.PROG_LOAD, fields);
  if (fd >= 0 && !('unavailable' in libc)) libc.close(fd);
  return [Math.max(0, -fd), new TextDecoder().decode(log.subarray(0, log.indexOf(0)))];
}

/** Programs that the kernel refuses, and why it should. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  unguarded: /invalid func unknown#195896080/,
  strange: /./,
  needs_kfunc: /./,
};

test('the live kernel takes every program as it is linked here', { skip: unusable() }, () => {
  let loaded = 0;
  for (const { file, source, bytes } of fixtures()) {
    if (source === 'core-target') continue;
    const spec = readObject(bytes, { name: source });
    const target = readTargetBtf(fixture('core-target.clang19.v3'));
    const blob = spec.btf && writeBtf(spec.btf);
    const btf = blob
      ? bpf(Command.BTF_LOAD, [
          [0, blob],
          [16, blob.length],
        ])
      : 0;
    assert.ok(btf >= 0, `${file}: BTF_LOAD gives errno ${-btf}`);
    const fds = btf > 0 ? [btf] : [];
    try {
      const maps = createMaps(spec, btf, fds);
      const relocator = spec.btf && new CoreRelocator(spec.btf, source === 'core' ? target : undefined);
      for (const program of Object.values(spec.programs)) {
        if (program.problems.length > 0) continue;
        const insns = relocator ? relocator.relocate(program).insns : program.insns;
        const [errno, log] = load(program, insns, maps, btf);
        const expected = REFUSED[program.name];
        if (expected) assert.match(log, expected, `${file}: ${program.name}`);
        else assert.equal(errno, 0, `${file}: ${program.name}: errno ${errno}\n${log.slice(-1500)}`);
        loaded++;
      }
    } finally {
      if (!('unavailable' in libc)) for (const fd of fds) libc.close(fd);
    }
  }
  assert.ok(loaded > 120, `${loaded} programs`);
});
