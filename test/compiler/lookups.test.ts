import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { IntegerMap, newMap, scratchOf, testArena } from '../core/support.js';
import { CONTEXT, CPU, FakeThread, type Import, map, program, STACK_TOP } from './thread.js';

const OUTER = 0x40000;
const INNER = 0x50000;
const INNER_MAP = 0x1000;
const DATA = 256;
const MAX_ENTRIES = 12;
const BYTES_A_CPU = 216;
const ZERO_SEED = 64;

/** A look-up of the key in the context; r0 is the result, or 99 when it is NULL and the test says so. */
const FORMS: readonly (readonly [string, string])[] = [
  ['tested for NULL, which leaves', 'if r0 == 0 goto none\nexit\nnone: r0 += 99\nexit'],
  ['tested for a value, which leaves', 'if r0 != 0 goto some\nr0 += 99\nsome: exit'],
  ['tested for NULL, both meet', 'if r0 == 0 goto +1\ngoto +1\nr0 += 99\nr0 += 0\nexit'],
  ['tested later', 'r7 = r0\nif r7 == 0 goto none\nexit\nnone: r0 += 99\nexit'],
];
const KEYS: readonly (readonly [string, string])[] = [
  ['key on the stack', 'r3 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r3\nr2 = r10\nr2 += -4'],
  ['key on the stack, register reused', 'r3 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 8) = r3\nr3 = 1234\nr2 = r10\nr2 += -8'],
  [
    'key as the low half of a stored value',
    'r3 = *(u32 *)(r1 + 0)\nr4 = 7\nr4 <<= 32\nr3 |= r4\n*(u64 *)(r10 - 8) = r3\nr2 = r10\nr2 += -8',
  ],
  ['key behind another pointer', 'r2 = r1'],
];

interface Case {
  readonly map: ProgramMap;
  /** r1 when the map is known at run time only. */
  readonly address?: number;
  expected(key: number): number;
}

function run(
  thread: FakeThread,
  { map: described, address }: Case,
  before: string,
  after: string,
  key: number,
): bigint {
  const load = address === undefined ? 'r1 = map[fd:1] ll' : `r1 = ${address}`;
  const source = `${before}\n${load}\ncall 1\n${after}`;
  const checked = program(source);
  const call = checked.insns.findIndex(({ opcode }) => opcode === 0x85);
  const wide = checked.insns.slice(0, call).filter(({ opcode }) => opcode === 0x18).length;
  const slot = call + wide;
  const references = address === undefined ? [{ slot: slot - 2, kind: 'map' as const, map: described, offset: 0 }] : [];
  thread.view.setUint32(CONTEXT, key, true);
  return thread.load({ ...checked, references, calls: [{ slot, map: described }] }).main(BigInt(CONTEXT), STACK_TOP);
}

describe('look-ups compiled in place', () => {
  const thread = new FakeThread();
  thread.view.setUint32(OUTER + DATA + 4, INNER, true);
  thread.view.setUint32(INNER + MAX_ENTRIES, 3, true);

  const array = map({ address: OUTER, maxEntries: 5, valueSize: 20 });
  const CASES: Readonly<Record<string, Case>> = {
    'a known ARRAY': { map: array, expected: (key) => (key < 5 ? OUTER + DATA + 24 * key : 99) },
    'an ARRAY of 16-byte values': {
      map: map({ address: OUTER, maxEntries: 5, valueSize: 16 }),
      expected: (key) => (key < 5 ? OUTER + DATA + 16 * key : 99),
    },
    'an inner ARRAY: the template’s size': {
      map: map({ address: null, maxEntries: 4 }),
      address: INNER,
      expected: (key) => (key < 4 ? INNER + DATA + 8 * key : 99),
    },
    'an inner ARRAY with INNER_MAP: its own size': {
      map: map({ address: null, maxEntries: 4, flags: INNER_MAP }),
      address: INNER,
      expected: (key) => (key < 3 ? INNER + DATA + 8 * key : 99),
    },
    'an ARRAY_OF_MAPS: empty slots are NULL': {
      map: map({ address: OUTER, type: 12, maxEntries: 4, valueSize: 4 }),
      expected: (key) => (key === 1 ? INNER : 99),
    },
  };

  for (const cpu of [null, 0, 3]) {
    const cases: Readonly<Record<string, Case>> = {
      'a known PERCPU_ARRAY': {
        map: map({ address: OUTER, type: 6, maxEntries: 5, valueSize: 20 }),
        expected: (key) => (key < 5 ? OUTER + DATA + 128 * (cpu ?? 0) + 24 * key : 99),
      },
      'an inner PERCPU_ARRAY: the smaller of two sizes': {
        map: map({ address: null, type: 6, maxEntries: 2 }),
        address: INNER,
        expected: (key) => (key < 2 ? INNER + DATA + 256 * (cpu ?? 0) + 8 * key : 99),
      },
      'an inner PERCPU_ARRAY smaller than its template': {
        map: map({ address: null, type: 6, maxEntries: 9 }),
        address: INNER,
        expected: (key) => (key < 3 ? INNER + DATA + 256 * (cpu ?? 0) + 8 * key : 99),
      },
    };
    for (const [name, each] of Object.entries(cases)) {
      test(`${name}, ${cpu === null ? 'no CPU' : `CPU ${cpu}`}`, () => {
        thread.view.setUint32(CPU, cpu === null ? 0 : cpu + 1, true);
        thread.view.setUint32(INNER + BYTES_A_CPU, 256, true);
        for (const [form, after] of FORMS) {
          for (const key of [0, 1, 2, 3, 4, 5, 0xffff_ffff]) {
            const [, before] = KEYS[0] as readonly [string, string];
            assert.equal(Number(run(thread, each, before, after, key)), each.expected(key), `${form}, key ${key}`);
          }
        }
      });
    }
  }

  for (const [name, each] of Object.entries(CASES)) {
    for (const [form, after] of FORMS) {
      test(`${name}, ${form}`, () => {
        for (const [place, before] of KEYS) {
          for (const key of [0, 1, 2, 3, 4, 5, 0x7fff_ffff, 0xffff_ffff]) {
            assert.equal(Number(run(thread, each, before, after, key)), each.expected(key), `${place}, key ${key}`);
          }
        }
      });
    }
  }
});

describe('look-ups in the core', () => {
  const expectations: readonly (readonly [string, Partial<ProgramMap> | null])[] = [
    ['lookup_hash_4', { type: 1, keySize: 4 }],
    ['lookup_hash_8', { type: 1, keySize: 8 }],
    ['lookup_hash_16', { type: 1, keySize: 16 }],
    ['lookup_hash_n', { type: 1, keySize: 12 }],
    ['lookup_hash_of_maps_4', { type: 13, keySize: 4 }],
    ['lookup_hash_of_maps', { type: 13, keySize: 8 }],
    ['lookup_percpu_hash', { type: 5, keySize: 4 }],
    ['lookup_lru_hash', { type: 9, keySize: 4 }],
    ['lookup_lru_hash', { type: 10, keySize: 4 }],
    ['lookup_lpm_trie', { type: 11, keySize: 8 }],
    ['lookup_any', null],
  ];
  for (const [name, fields] of expectations) {
    test(`${name} for ${fields === null ? 'an unknown map' : `type ${fields.type}, keys of ${fields.keySize} bytes`}`, () => {
      const seen: unknown[] = [];
      const lookup: Import = (...values) => {
        seen.push(values.map((value) => Number(value) >>> 0));
        return -16;
      };
      const thread = new FakeThread({ [name]: lookup });
      // Without ZERO_SEED, the compiled code would look for the key's bucket first.
      const calls =
        fields === null ? [] : [{ slot: 3, map: map({ address: 0xf000_0000, flags: ZERO_SEED, ...fields }) }];
      assert.equal(thread.run('r1 = -268435456\nr2 = r10\nr2 += -16\ncall 1\nexit', { calls }), 0xffff_fff0n);
      assert.deepEqual(seen, [[0xf000_0000, STACK_TOP - 16]]);
    });
  }
});

describe('look-ups in a hash of the core', () => {
  for (const keySize of [4, 8]) {
    for (const known of [true, false]) {
      test(`the first element of a bucket is found in place: keys of ${keySize} bytes, ${known ? 'a known' : 'an inner'} map`, () => {
        const arena = testArena();
        const address = newMap(arena, { type: 1, keySize, maxEntries: 64 });
        const hash = new IntegerMap(arena, address);
        const buckets = new Set<number>();
        const keyAt = scratchOf(arena).key;
        const put = (key: number) => arena.u32.set([key, 0], keyAt / 4);
        for (let key = 0; key < 64; key++) {
          hash.set(key, key);
          put(key);
          buckets.add(arena.core.hashBucketOf(address, keyAt));
        }
        let called = 0;
        const refuse: Import = () => {
          called++;
          return 0;
        };
        const thread = new FakeThread({ [`lookup_hash_${keySize}`]: refuse }, {}, arena.memory);
        const calls = [{ slot: 2, map: map({ address: known ? address : null, type: 1, keySize }) }];
        const found = thread.load({ ...program(`r2 = r1\nr1 = ${address}\ncall 1\nexit`), calls });
        const stack = arena.core.slotRun(arena.slot) + 8192;
        for (let key = 0; key < 64; key++) {
          put(key);
          const value = Number(found.main(BigInt(keyAt), stack));
          if (value !== 0) assert.equal(value, arena.core.elementFind(address, keyAt), `key ${key}`);
        }
        assert.equal(64 - called, buckets.size);
        put(64);
        assert.equal(found.main(BigInt(keyAt), stack), 0n, 'a key that is not there');
      });
    }
  }
});
