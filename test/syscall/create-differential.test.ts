/**
 * MAP_CREATE against the live kernel: attributes of every kind of fault, several at a time, must fail with the same
 * errno, which shows the order of the checks. INNERMAP_LONG=1: 200,000 instead of 5,000.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BpfError, MapFlags, MapType } from 'innermap';
import { Random } from './differential/random.js';
import { type Attributes, openPair, type Pair } from './differential/sides.js';
import { errnoName } from './differential/uapi.js';

const COUNT = process.env['INNERMAP_LONG'] === '1' ? 200_000 : 5000;
const SEED = Number(process.env['INNERMAP_SEED'] ?? 4_120_618);

/** Their creation depends on the kernel's own BTF, cgroups or configuration. */
const NOT_COMPARED: ReadonlySet<number> = new Set([
  MapType.STRUCT_OPS,
  MapType.SK_STORAGE,
  MapType.INODE_STORAGE,
  MapType.TASK_STORAGE,
  MapType.CGRP_STORAGE,
  MapType.CPUMAP,
]);
const TYPES = [...Object.values(MapType).filter((type) => !NOT_COMPARED.has(type)), 0, 35, 1000];
const FLAGS = Object.values(MapFlags).filter((flag) => flag !== MapFlags.TOKEN_FD);

const KEY_SIZES = [0, 1, 3, 4, 4, 4, 5, 8, 16, 260, 261, 512, 513, 0x40_0000];
const VALUE_SIZES = [
  0, 1, 4, 4, 8, 8, 12, 1016, 1024, 4096, 4097, 32_768, 32_769, 4_194_024, 4_194_025, 4_194_251, 4_194_252, 0x40_0000,
  0x40_0001, 0x7fff_ffff, 0x8000_0000,
];
const ENTRIES = [0, 1, 2, 3, 4, 100, 4096, 4097, 8192, 0x0800_0001, 0x8000_0001, 0xffff_ffff];

/** Bytes from which the two machines' memories, and not the rules, decide. */
const SMALL = 64 * 2 ** 20;

const pair = openPair();
const skip = 'unavailable' in pair ? pair.unavailable : false;

test(`${COUNT} random attributes of MAP_CREATE`, { skip }, async () => {
  if ('unavailable' in pair) return;
  const random = new Random(SEED);
  let created = 0;
  const errors = new Set<string>();
  const differences: string[] = [];
  for (let index = 0; index < COUNT; index++) {
    const attributes = randomAttributes(random);
    await pair.library.target.barrier();
    if (
      Number(attributes['max_entries']) * (Number(attributes['value_size']) + Number(attributes['key_size']) + 64) >
      SMALL
    ) {
      if (!refusedAnyway(pair, attributes)) continue;
    }
    const expected = outcome(pair, 'kernel', attributes);
    const got = outcome(pair, 'library', attributes);
    if (got === 'missing') continue;
    if (got !== expected) differences.push(`${JSON.stringify(attributes)}: ${got}, the kernel says ${expected}`);
    if (expected === 'created') created++;
    else errors.add(expected);
  }
  assert.deepEqual(differences, []);
  assert.ok(created > COUNT / 100, `${created} of ${COUNT} were created`);
  for (const error of ['EINVAL', 'E2BIG', 'ENOTSUPP']) assert.ok(errors.has(error), `${error} was not reached`);
});

/** Mostly sensible, with a few things wrong. */
function randomAttributes(random: Random): Attributes {
  const type = random.pick(TYPES);
  let flags = SENSIBLE_FLAGS[type] ?? 0;
  while (random.chance(30)) flags ^= random.pick(FLAGS);
  const sensible = SENSIBLE[type] ?? [4, 8, 4];
  const attributes: Attributes = {
    map_type: type,
    key_size: random.chance(80) ? sensible[0] : random.pick(KEY_SIZES),
    value_size: random.chance(75) ? sensible[1] : random.pick(VALUE_SIZES),
    max_entries: random.chance(75) ? sensible[2] : random.pick(ENTRIES),
    map_flags: flags,
    inner_map_fd: -1,
  };
  if (random.chance(10)) attributes['numa_node'] = random.pick([0, 1, 0xffff_ffff]);
  if (random.chance(10)) attributes['map_extra'] = random.pick([1, 15, 16, 4096, 0x1_0000_0000]);
  if (random.chance(4)) attributes['btf_key_type_id'] = 1;
  if (random.chance(4)) Object.assign(attributes, { btf_value_type_id: 1, btf_fd: -1 });
  return attributes;
}

const SENSIBLE: Readonly<Record<number, readonly [key: number, value: number, entries: number]>> = {
  [MapType.PROG_ARRAY]: [4, 4, 4],
  [MapType.PERF_EVENT_ARRAY]: [4, 4, 2],
  [MapType.CGROUP_ARRAY]: [4, 4, 4],
  [MapType.LPM_TRIE]: [8, 8, 4],
  [MapType.ARRAY_OF_MAPS]: [4, 4, 4],
  [MapType.HASH_OF_MAPS]: [4, 4, 4],
  [MapType.XSKMAP]: [4, 4, 4],
  [MapType.CGROUP_STORAGE]: [16, 8, 0],
  [MapType.PERCPU_CGROUP_STORAGE]: [16, 8, 0],
  [MapType.QUEUE]: [0, 8, 4],
  [MapType.STACK]: [0, 8, 4],
  [MapType.BLOOM_FILTER]: [0, 8, 4],
  [MapType.RINGBUF]: [0, 0, 4096],
  [MapType.USER_RINGBUF]: [0, 0, 4096],
  [MapType.ARENA]: [0, 0, 4],
};
const SENSIBLE_FLAGS: Readonly<Record<number, number>> = {
  [MapType.LPM_TRIE]: MapFlags.NO_PREALLOC,
  [MapType.ARENA]: MapFlags.MMAPABLE,
};

function outcome(sides: Pair, name: 'kernel' | 'library', attributes: Attributes): string {
  const side = sides[name];
  if (name === 'library' && isMissing(sides, attributes)) return 'missing';
  const { result } = side.call('MAP_CREATE', attributes);
  if (result < 0) return errnoName(result);
  side.close(result);
  return 'created';
}

/** The library says what it lacks, instead of an errno of the kernel's. */
function isMissing({ library }: Pair, attributes: Attributes): boolean {
  try {
    library.target.close(library.target.bpf('MAP_CREATE', { ...attributes }));
    return false;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return error.missing !== undefined;
  }
}

/** A large map is compared only if a rule refuses it. */
function refusedAnyway(sides: Pair, attributes: Attributes): boolean {
  const { result } = sides.library.call('MAP_CREATE', attributes);
  if (result >= 0) sides.library.close(result);
  const name = errnoName(result);
  return result < 0 && name !== 'ENOMEM' && name !== 'ENOTSUPP';
}

describe('the descriptors of templates', { skip }, () => {
  test('what is no map is EINVAL, what is closed EBADF, after the early checks', () => {
    if ('unavailable' in pair) return;
    for (const type of [MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS]) {
      for (const inner_map_fd of [-1, 0x7fff_fff0]) {
        for (const value_size of [4, 8]) {
          const attributes = { map_type: type, key_size: 4, value_size, max_entries: 2, map_flags: 0, inner_map_fd };
          assert.equal(
            outcome(pair, 'library', attributes),
            outcome(pair, 'kernel', attributes),
            JSON.stringify(attributes),
          );
        }
      }
    }
  });
});
