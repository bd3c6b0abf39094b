/** CO-RE against `core-target.c`, whose types have other offsets, sizes and values than those of `core.bpf.c`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Btf, findType } from '#dist/shared/object/btf/index.js';
import { essentialName } from '#dist/shared/object/core/kinds.js';
import { POISON } from '#dist/shared/object/core/patch.js';
import { CoreRelocator, type CoreResult } from '#dist/shared/object/core/relocate.js';
import { readTargetBtf } from '#dist/shared/object/core/target.js';
import { fixture, specOf } from './fixtures.js';

const BUILDS = ['core.clang14.v3', 'core.clang16.v3', 'core.clang19.v3'];
const target = readTargetBtf(fixture('core-target.clang19.v3'));

function relocate(build: string, program: string, against: Btf | null = target): CoreResult {
  const spec = specOf(build);
  return new CoreRelocator(spec.btf!, against ?? undefined).relocate(spec.programs[program]!);
}

/** What the relocated instructions hold, by the kind and access of their relocation. */
function answers(build: string, program: string): Record<string, number> {
  const spec = specOf(build);
  const { insns } = new CoreRelocator(spec.btf!, target).relocate(spec.programs[program]!);
  const view = new DataView(insns.buffer);
  const found: Record<string, number> = {};
  for (const { insn, kind, access, type } of spec.programs[program]!.relocations) {
    found[`${kind} ${spec.btf!.types[type]!.name} ${access}`] = view.getInt32(insn * 8 + 4, true);
  }
  return found;
}

test('offsets, sizes, existence and bits of fields are those of the target', () => {
  for (const build of BUILDS) {
    assert.deepEqual(answers(build, 'offsets'), {
      '0 subject___v1 0:0': 48,
      '0 subject___v1 0:1': 8,
      '0 subject___v1 0:3:1:1': 56 + 16 + 8,
      '1 subject___v1 0:2': 32,
      '2 subject___v1 0:6': 0,
      '2 subject___v1 0:3:1:0': 1,
      '3 subject___v1 0:0': 1,
      '0 subject___v1 0:5': 120,
      '1 subject___v1 0:5': 4,
      '4 subject___v1 0:5': 64 - 12,
      '5 subject___v1 0:5': 64 - 7,
    });
  }
});

test('a field of the target that lies between two bytes, and is no bitfield, is refused', () => {
  const damaged = structuredClone(target);
  const subject = damaged.types[findType(damaged, 'struct', 'subject')!];
  assert.ok(subject?.kind === 'struct');
  for (const member of subject.members) Object.assign(member, { bitOffset: member.bitOffset + 1 });
  assert.throws(() => relocate('core.clang19.v3', 'offsets', damaged), {
    code: 'ERR_INNERMAP_OBJECT_MALFORMED',
    message: /about a field at bit \d+, which is no bitfield/,
  });
});

test('types and enumerators are looked up by name, flavours aside', () => {
  for (const build of BUILDS) {
    const found = answers(build, 'types');
    const spec = specOf(build);
    const inner = findType(target, 'struct', 'inner')!;
    assert.equal(found['8 subject___v1 0'], 1);
    assert.equal(found['8 absent 0'], 0);
    assert.equal(found['9 subject___v1 0'], 128);
    assert.equal(found['8 alias_t 0'], 1);
    assert.equal(found['7 inner 0'], inner);
    assert.equal(found['6 inner 0'], findType(spec.btf!, 'struct', 'inner'));
    assert.deepEqual(
      Object.entries(found)
        .filter(([name]) => name.startsWith('10 '))
        .map(([, value]) => value),
      [1, 0],
    );
    assert.deepEqual(
      Object.entries(found)
        .filter(([name]) => name.startsWith('11 '))
        .map(([, value]) => value),
      [20],
    );
  }
});

test('an unsigned enumerator of 32 bits is extended with its sign, as by libbpf', () => {
  for (const build of BUILDS) {
    const { insns } = relocate(build, 'high_bit');
    const { insn } = specOf(build).programs['high_bit']!.relocations[0]!;
    const view = new DataView(insns.buffer);
    assert.equal(view.getUint8(insn * 8), 0x18);
    assert.deepEqual([view.getInt32(insn * 8 + 4, true), view.getInt32(insn * 8 + 12, true)], [-0x8000_0000, -1]);
  }
});

test('loads follow their fields', () => {
  for (const build of BUILDS) {
    const spec = specOf(build);
    const { insns, poisoned } = relocate(build, 'reads');
    const view = new DataView(insns.buffer);
    const offsets = spec.programs['reads']!.relocations.map(({ insn }) => view.getInt16(insn * 8 + 2, true));
    assert.deepEqual(
      offsets.sort((one, other) => one - other),
      [48, 80],
    );
    assert.deepEqual(poisoned, []);
  }
});

test('what the target does not have is poisoned, and the reason names it', () => {
  for (const build of BUILDS) {
    const { insns, poisoned } = relocate(build, 'unguarded');
    const view = new DataView(insns.buffer);
    assert.equal(poisoned.length, 1);
    assert.match(
      poisoned[0]!.reason,
      /field_byte_offset of struct subject___v1\.missing: the target BTF does not have it/,
    );
    const at = poisoned[0]!.slot * 8;
    assert.deepEqual([view.getUint8(at), view.getInt32(at + 4, true)], [0x85, POISON]);
    assert.equal(POISON, 0xbad2310);
  }
});

test('without a target the types of the object itself answer', () => {
  const { poisoned, insns } = relocate('core.clang19.v3', 'unguarded', null);
  assert.deepEqual(poisoned, []);
  assert.deepEqual(insns, specOf('core.clang19.v3').programs['unguarded']!.insns);
});

test('a flavour begins behind exactly three underscores', () => {
  assert.equal(essentialName('task_struct___v1'), 'task_struct');
  assert.equal(essentialName('a___b___c'), 'a___b');
  assert.equal(essentialName('a____b'), 'a____b');
  assert.equal(essentialName('___a'), '___a');
});
