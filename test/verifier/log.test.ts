import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { verify } from '#dist/shared/program/verifier/index.js';
import type { VerifyInput } from '#dist/shared/program/verifier/types.js';

function load(source: string, more: Partial<VerifyInput> = {}): ReturnType<typeof verify> {
  const insns = encode(assemble(source).insns);
  return verify({ name: 'test', insns, type: 3, gpl: true, mapsByFd: new Map(), ...more });
}

const BRANCHES = `
  r2 = *(u32 *)(r1 + 0)
  if r2 > 7 goto +1
  r0 = r2
  r0 = 0
  exit
`;

describe('the log', () => {
  test('level 2 has the instruction, the state behind it, and the counts', () => {
    const { log } = load('r0 = 5\nexit', { logLevel: 2 });
    const expected = [
      'func#0 @0',
      '0: R1=ctx() R10=fp0',
      '0: (b7) r0 = 5                        ; R0=5',
      '1: (95) exit',
      'processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
      '',
    ];
    assert.equal(log, expected.join('\n'));
  });

  test('level 2 shows both ways of a branch', () => {
    const { log } = load(BRANCHES, { logLevel: 2 });
    assert.match(log, /R2=scalar\(smin=smin32=0,smax=umax=smax32=umax32=7,var_off=\(0x0; 0x7\)\)/);
    assert.match(log, /\nfrom 1 to 3: R1=ctx\(\) R2=scalar\(smin=umin=umin32=8,smax=umax=0xffffffff/);
  });

  test('level 1 keeps the failing path only', () => {
    const { log } = load('r2 = *(u32 *)(r1 + 0)\nif r2 > 7 goto +2\nr0 = 0\nexit\nr0 = r9\nexit', { logLevel: 1 });
    assert.match(log, /R9 !read_ok/);
    assert.doesNotMatch(log, /r0 = 0/);
  });

  test('level 0 is empty', () => {
    assert.equal(load('r0 = 5\nexit').log, '');
  });

  test('source lines stand before their instructions', () => {
    const lines = [{ slot: 0, text: '  return 5;', line: 3, file: 'a.c' }];
    assert.match(load('r0 = 5\nexit', { logLevel: 2, lines }).log, /\n; return 5; @ a\.c:3\n0: \(b7\)/);
  });
});

describe('the explanation', () => {
  test('reason, place, source line, branches taken and a suggestion', () => {
    const lines = [{ slot: 2, text: 'return data[14];', line: 9 }];
    const source = 'r2 = *(u32 *)(r1 + 76)\nif r1 == 0 goto +0\nr0 = *(u8 *)(r2 + 14)\nexit';
    const result = load(source, { lines });
    assert.ok(!result.ok);
    const { explanation } = result;
    assert.equal(explanation.reason, 'R2 offset is outside of the packet');
    assert.equal(explanation.slot, 2);
    assert.equal(explanation.instruction, '(71) r0 = *(u8 *)(r2 +14)');
    assert.equal(explanation.source?.line, 9);
    assert.match(explanation.suggestion ?? '', /data_end/);
  });
});

describe('a suggestion', () => {
  const about = { id: 1, name: 'flows', address: null, type: 1, keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 };
  const mapsByFd = new Map([[5, { ...about, frozen: false, spinLock: -1, timer: -1, workqueue: -1 }]]);
  const suggestion = (insns: string, more: object = {}): string => {
    const bytes = encode(assemble(insns, { maps: { flows: 5 } }).insns);
    const result = verify({ name: 'test', insns: bytes, type: 3, gpl: true, mapsByFd, ...more });
    assert.ok(!result.ok);
    return result.explanation.suggestion ?? result.message;
  };

  test('names the size of the key that a helper reads', () => {
    const lookUp = (place: number) => `
      r1 = map[flows] ll
      r2 = r10
      r2 += ${place}
      *(u8 *)(r10 - 8) = 1
      call map_lookup_elem
      r0 = 0
      exit`;
    for (const place of [-1, -600]) {
      assert.equal(
        suggestion(lookUp(place)),
        'the key of map flows has 4 bytes: R2 must point to as many that are set',
      );
    }
    assert.match(suggestion(lookUp(-8), { capabilities: 'none' }), /^the key of map flows has 4 bytes/);
  });

  test('names types of programs for a helper that this one may not call', () => {
    assert.equal(suggestion('call redirect_map\nexit'), 'it is for programs of type xdp');
  });

  test('says what to do about too many jumps', () => {
    const jumps = 'if r1 == 0 goto +0\n'.repeat(9000);
    assert.match(suggestion(`${jumps}r0 = 0\nexit`), /too many branches are undecided at once/);
  });
});

describe('the budget', () => {
  const forever = 'r0 = 0\nr0 += 1\nif r0 < 1000000 goto -2\nexit';

  test('instructions', () => {
    const result = load(forever, { limits: { maxInstructions: 5000 } });
    assert.ok(!result.ok && result.code === 'E2BIG');
    assert.equal(result.message, 'BPF program is too large. Processed 5001 insn');
  });

  test('time', () => {
    let clock = 0;
    const result = load(forever, { limits: { deadline: 3, now: () => clock++ } });
    assert.ok(!result.ok && result.code === 'ETIMEDOUT');
  });

  test('cancellation', () => {
    const result = load(forever, { limits: { cancelled: () => true } });
    assert.ok(!result.ok && result.code === 'ECANCELED');
  });
});

describe('warnings', () => {
  const hash = {
    id: 1,
    name: 'h',
    address: null,
    type: 1,
    keySize: 4,
    valueSize: 8,
    maxEntries: 4,
    flags: 0,
    frozen: false,
  };
  const mapsByFd = new Map([[5, { ...hash, spinLock: -1, timer: -1, workqueue: -1 }]]);
  const use = (store: string): string => `
    *(u64 *)(r10 - 8) = 1
    r2 = r10
    r2 += -8
    r1 = map[h] ll
    call map_lookup_elem
    if r0 == 0 goto +6
    r6 = r0
    r2 = r10
    r2 += ${store}
    r1 = map[h] ll
    call map_delete_elem
    r0 = *(u64 *)(r6 + 0)
    r0 = 0
    exit
  `;
  const warningsOf = (source: string): readonly { slot: number; message: string }[] => {
    const insns = encode(assemble(source, { maps: { h: 5 } }).insns);
    const result = verify({ name: 'test', insns, type: 3, gpl: true, mapsByFd });
    assert.ok(result.ok, result.ok ? '' : result.message);
    return result.warnings;
  };

  test('a value is used after its key was deleted', () => {
    const [warning, ...more] = warningsOf(use('-8').replace('goto +6', 'goto +7'));
    assert.match(warning?.message ?? '', /whose key instruction 12 deleted/);
    assert.equal(more.length, 0);
  });

  test('another key was deleted', () => {
    assert.deepEqual(warningsOf(use('-4').replace('goto +6', 'goto +7')), []);
  });
});
