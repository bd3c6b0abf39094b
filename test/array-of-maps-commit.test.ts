/**
 * The description of the commit that introduced map-in-map, clause by clause: one test for each row of the README's
 * table, under the rules of that release. A rule that is left out or turned round shows in its clause's test alone.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BpfError, type ErrnoName, MapFlags, MapType, ProgramType, Runtime } from 'innermap';

const {
  ARRAY,
  HASH,
  LRU_HASH,
  PERCPU_ARRAY,
  PERCPU_HASH,
  LRU_PERCPU_HASH,
  LPM_TRIE,
  PROG_ARRAY,
  ARRAY_OF_MAPS,
  HASH_OF_MAPS,
} = MapType;
const { QUEUE, STACK, BLOOM_FILTER, RINGBUF, USER_RINGBUF, PERF_EVENT_ARRAY } = MapType;

type Attributes = Readonly<Record<string, number>>;

const TABLE: Attributes = { map_type: ARRAY, key_size: 4, value_size: 4, max_entries: 2 };

/** Types that an inner map may have, each with attributes that suit it. */
const INNER_TYPES: readonly Attributes[] = [
  TABLE,
  { ...TABLE, map_type: PERCPU_ARRAY },
  { ...TABLE, map_type: HASH },
  { ...TABLE, map_type: PERCPU_HASH },
  { ...TABLE, map_type: LRU_HASH },
  { ...TABLE, map_type: LRU_PERCPU_HASH },
  { ...TABLE, map_type: LPM_TRIE, key_size: 8, map_flags: MapFlags.NO_PREALLOC },
  { ...TABLE, map_type: QUEUE, key_size: 0 },
  { ...TABLE, map_type: STACK, key_size: 0 },
  { ...TABLE, map_type: BLOOM_FILTER, key_size: 0 },
  { ...TABLE, map_type: RINGBUF, key_size: 0, value_size: 0, max_entries: 4096 },
  { ...TABLE, map_type: USER_RINGBUF, key_size: 0, value_size: 0, max_entries: 4096 },
  { ...TABLE, map_type: PERF_EVENT_ARRAY },
];

let runtime: Runtime;
before(async () => {
  runtime = await Runtime.create({ workers: 0, rules: '4.12' });
});
after(() => runtime.close());

for (const outerType of [ARRAY_OF_MAPS, HASH_OF_MAPS] as const) {
  const name =
    outerType === ARRAY_OF_MAPS ? 'ARRAY_OF_MAPS' : 'the next commit added HASH_OF_MAPS, for which the same holds';
  describe(name, () => {
    const outerOf = (inner_map_fd: number) =>
      create({ map_type: outerType, key_size: 4, value_size: 4, max_entries: 4, inner_map_fd });

    test("an outer map's elements are inner maps", () => {
      const inner = table(7);
      const outer = outerOf(inner);
      update(outer, 0, inner);
      assert.equal(run(lookUpTwice(outer, 0)), 7, 'a program finds the very map that was inserted');
    });

    test('any map type can be an inner map except PROG_ARRAY', () => {
      for (const attributes of INNER_TYPES) {
        const inner = create(attributes);
        update(outerOf(inner), 1, inner);
      }
      const programs = create({ ...TABLE, map_type: PROG_ARRAY });
      refused('ENOTSUPP', () => outerOf(programs));
    });

    test('outer maps do not nest', () => {
      for (const map_type of [ARRAY_OF_MAPS, HASH_OF_MAPS]) {
        const nested = create({ map_type, key_size: 4, value_size: 4, max_entries: 1, inner_map_fd: create(TABLE) });
        refused('EINVAL', () => outerOf(nested));
      }
    });

    test('at creation inner_map_fd names a template', () => {
      refused('EBADF', () => outerOf(-1));
      const file = runtime.openForeign();
      refused('EINVAL', () => outerOf(file));
    });

    test("the template's properties are copied", () => {
      const template = create(TABLE);
      const outer = outerOf(template);
      runtime.close(template);
      update(outer, 0, create(TABLE));
      refused('EINVAL', () => update(outer, 0, create({ ...TABLE, value_size: 8 })));
    });

    test("the template's lifetime does not depend on the outer map", () => {
      const template = create(TABLE);
      const id = idOf(template);
      const outer = outerOf(template);
      runtime.close(template);
      refused('ENOENT', () => runtime.bpf('MAP_GET_FD_BY_ID', { map_id: id }));
      const survivor = create(TABLE);
      runtime.close(outerOf(survivor));
      assert.equal(runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: survivor, key: word(0), value: new Uint8Array(4) }), 0);
      runtime.close(outer);
    });

    for (const [clause, template, other] of [
      ['the type', TABLE, { ...TABLE, map_type: HASH }],
      ['the key size', { ...TABLE, map_type: HASH }, { ...TABLE, map_type: HASH, key_size: 8 }],
      ['the value size', TABLE, { ...TABLE, value_size: 8 }],
      ['the flags', TABLE, { ...TABLE, map_flags: MapFlags.RDONLY_PROG }],
    ] as const) {
      test(`inserting checks ${clause}`, () => {
        const outer = outerOf(create(template));
        refused('EINVAL', () => update(outer, 0, create(other)));
        update(outer, 0, create(template));
      });
    }

    test('inserting checks max_entries, of every type', () => {
      for (const attributes of INNER_TYPES) {
        const outer = outerOf(create(attributes));
        refused('EINVAL', () =>
          update(outer, 0, create({ ...attributes, max_entries: 2 * (attributes['max_entries'] ?? 0) })),
        );
      }
    });

    test('inserting checks the operations: maps of one type always agree', () => {
      for (const attributes of INNER_TYPES) {
        const outer = outerOf(create(attributes));
        update(outer, 0, create(attributes));
        const misfit = INNER_TYPES.find(
          (other) => other !== attributes && other['map_type'] !== attributes['map_type'],
        );
        refused('EINVAL', () => update(outer, 0, create(misfit ?? TABLE)));
      }
    });

    test('updated and deleted from the syscall side', () => {
      const [one, other] = [table(1), table(2)];
      const outer = outerOf(one);
      update(outer, 0, one);
      update(outer, 0, other);
      assert.equal(run(lookUpTwice(outer, 0)), 2);
      runtime.bpf('MAP_DELETE_ELEM', { map_fd: outer, key: word(0) });
      assert.equal(run(lookUpTwice(outer, 0)), 0);
      refused('ENOENT', () => runtime.bpf('MAP_DELETE_ELEM', { map_fd: outer, key: word(0) }));
    });

    test('looked up from a program, and nothing else', () => {
      const outer = outerOf(create(TABLE));
      for (const helper of [UPDATE, DELETE])
        refused('EINVAL', () => load(ProgramType.XDP, callWithElement(outer, helper)));
      load(ProgramType.XDP, callWithElement(outer, LOOKUP));
    });

    test("the verifier uses the template's properties", () => {
      const inner = table(5, 6);
      const outer = outerOf(inner);
      update(outer, 0, inner);
      assert.equal(run(lookUpTwice(outer, 1)), 6, 'below max_entries of the template');
      assert.equal(run(lookUpTwice(outer, 2)), 0, 'not below it');
      refused('EACCES', () => load(ProgramType.XDP, lookUpTwice(outer, 0, 4)));
    });

    test('programs of PERF_EVENT type use only preallocated hash maps, inner ones included', () => {
      const lax = create({ ...TABLE, map_type: HASH, map_flags: MapFlags.NO_PREALLOC });
      const outer = outerOf(lax);
      refused(
        'EINVAL',
        () => load(ProgramType.PERF_EVENT, callWithElement(lax, LOOKUP)),
        new RegExp(`id ${idOf(lax)}\\b`),
      );
      refused(
        'EINVAL',
        () => load(ProgramType.PERF_EVENT, callWithElement(outer, LOOKUP)),
        new RegExp(`template.*id ${idOf(outer)}\\b`),
      );
      const strict = create({ ...TABLE, map_type: HASH });
      load(ProgramType.PERF_EVENT, callWithElement(outerOf(strict), LOOKUP));
    });
  });
}

function create(attributes: Attributes): number {
  return runtime.bpf('MAP_CREATE', { ...attributes });
}

/** An inner array with these values. */
function table(...values: number[]): number {
  const fd = create(TABLE);
  for (const [index, value] of values.entries())
    runtime.bpf('MAP_UPDATE_ELEM', { map_fd: fd, key: word(index), value: word(value) });
  return fd;
}

function update(map_fd: number, key: number, inner: number): void {
  runtime.bpf('MAP_UPDATE_ELEM', { map_fd, key: word(key), value: word(inner) });
}

function idOf(fd: number): number {
  const info = new Uint8Array(8);
  runtime.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info_len: info.length, info });
  return new DataView(info.buffer).getUint32(4, true);
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function refused(code: ErrnoName, call: () => unknown, message = /./): void {
  assert.throws(call, (error) => error instanceof BpfError && error.code === code && message.test(error.message));
}

const LOOKUP = 1;
const UPDATE = 2;
const DELETE = 3;

type Instruction = readonly [opcode: number, registers: number, offset: number, immediate: number];

function bytesOf(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * instructions.length);
  const view = new DataView(bytes.buffer);
  for (const [index, [opcode, registers, offset, immediate]] of instructions.entries()) {
    bytes.set([opcode, registers], 8 * index);
    view.setInt16(8 * index + 2, offset, true);
    view.setInt32(8 * index + 4, immediate, true);
  }
  return bytes;
}

/** r1 = map; r2 = key 0 on the stack. */
const mapAndKey = (fd: number): Instruction[] => [
  [0x18, 0x11, 0, fd], // r1 = map ll
  [0, 0, 0, 0],
  [0x62, 0x0a, -4, 0], // *(u32 *)(r10 - 4) = 0
  [0xbf, 0xa2, 0, 0], // r2 = r10
  [0x07, 0x02, 0, -4], // r2 += -4
];
const RETURN_0: Instruction[] = [
  [0xb7, 0x00, 0, 0], // r0 = 0
  [0x95, 0, 0, 0], // exit
];

/** Look up element 0 of the outer map, then an element of what is there; return its first word, 0 if there is none. */
function lookUpTwice(outer: number, index: number, offset = 0): Uint8Array {
  return bytesOf([
    ...mapAndKey(outer),
    [0x85, 0, 0, LOOKUP],
    [0x15, 0x00, 8, 0], // if r0 == 0 goto miss
    [0x62, 0x0a, -4, index],
    [0xbf, 0x01, 0, 0], // r1 = r0
    [0xbf, 0xa2, 0, 0],
    [0x07, 0x02, 0, -4],
    [0x85, 0, 0, LOOKUP],
    [0x15, 0x00, 2, 0], // if r0 == 0 goto miss
    [0x61, 0x00, offset, 0], // r0 = *(u32 *)(r0 + offset)
    [0x95, 0, 0, 0],
    ...RETURN_0,
  ]);
}

/** Call a helper with the map, a key, the same bytes as a value, and no flags. */
function callWithElement(fd: number, helper: number): Uint8Array {
  const rest: Instruction[] = [
    [0xbf, 0x23, 0, 0], // r3 = r2
    [0xb7, 0x04, 0, 0], // r4 = 0
    [0x85, 0, 0, helper],
  ];
  return bytesOf([...mapAndKey(fd), ...rest, ...RETURN_0]);
}

function load(prog_type: number, insns: Uint8Array): number {
  return runtime.bpf('PROG_LOAD', { prog_type, insns, insn_cnt: insns.length / 8, license: 'GPL' });
}

function run(insns: Uint8Array): number {
  const fd = load(ProgramType.XDP, insns);
  const attributes: Record<string, number | Uint8Array> = {
    prog_fd: fd,
    data_in: new Uint8Array(64),
    data_size_in: 64,
  };
  runtime.bpf('PROG_TEST_RUN', attributes);
  runtime.close(fd);
  return Number(attributes['retval']);
}
