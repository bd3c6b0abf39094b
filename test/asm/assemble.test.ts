import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AssemblyError, assemble } from '#dist/shared/program/asm/index.js';
import { disassemble } from '#dist/shared/program/disasm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';

const hex = (source: string, maps: Record<string, number> = {}) =>
  Buffer.from(encode(assemble(source, { maps }).insns)).toString('hex');

/** Text and the bytes that RFC 9669's tables give for it. */
const FORMS: readonly [string, string][] = [
  ['r1 = r2', 'bf21000000000000'],
  ['w1 = w2', 'bc21000000000000'],
  ['r3 += -8', '07030000f8ffffff'],
  ['w3 = 0xffffffff', 'b4030000ffffffff'],
  ['r1 s/= r2', '3f21010000000000'],
  ['w1 s%= 3', '9401010003000000'],
  ['r1 s>>= 63', 'c70100003f000000'],
  ['r4 = -r4', '8704000000000000'],
  ['r1 = (s8)r2', 'bf21080000000000'],
  ['w1 = (s16)w2', 'bc21100000000000'],
  ['r1 = (s32) r2', 'bf21200000000000'],
  ['r1 = be16 r1', 'dc01000010000000'],
  ['r1 = le32 r1', 'd401000020000000'],
  ['r1 = bswap64 r1', 'd701000040000000'],
  ['r0 = *(u32 *)(r1 + 0)', '6110000000000000'],
  ['w0 = *(u32*)(r1+4)', '6110040000000000'],
  ['r0 = *(s8 *)(r1 - 1)', '9110ffff00000000'],
  ['*(u64 *)(r10 - 8) = r1', '7b1af8ff00000000'],
  ['*(u64 *)(r10 - 8) = 5', '7a0af8ff05000000'],
  ['*(u16 *)(r10 - 8) = w3', '6b3af8ff00000000'],
  ['if r1 s> 5 goto +3', '6501030005000000'],
  ['if w1 & 7 goto -1', '4601ffff07000000'],
  ['if r1 == r2 goto +0', '1d21000000000000'],
  ['goto -1', '0500ffff00000000'],
  ['may_goto +2', 'e500020000000000'],
  ['gotol +70000', '0600000070110100'],
  ['call 1', '8500000001000000'],
  ['call bpf_map_lookup_elem', '8500000001000000'],
  ['call map_lookup_elem', '8500000001000000'],
  ['call +7', '8510000007000000'],
  ['exit', '9500000000000000'],
  ['r1 = 0x1122334455667788 ll', '18010000887766550000000044332211'],
  ['r1 = -1 ll', '18010000ffffffff00000000ffffffff'],
  ['r1 = map[flows] ll', '18110000070000000000000000000000'],
  ['r1 = map[flows][0] + 8 ll', '18210000070000000000000008000000'],
  ['lock *(u64 *)(r1 + 0) += r2', 'db21000000000000'],
  ['lock *(u32 *)(r1 + 4) ^= w2', 'c3210400a0000000'],
  ['r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)', 'db21000001000000'],
  ['w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)', 'c321000041000000'],
  ['r2 = xchg((u64 *)(r1 + 8), r2)', 'db210800e1000000'],
  ['r2 = xchg_64(r1 + 8, r2)', 'db210800e1000000'],
  ['w2 = xchg32_32(r1 + 8, w2)', 'c3210800e1000000'],
  ['r0 = cmpxchg((u64 *)(r1 + 8), r0, r2)', 'db210800f1000000'],
  ['w0 = cmpxchg32_32(r1 + 8, w0, w2)', 'c3210800f1000000'],
  ['r3 = load_acquire((u8 *)(r1 + 2))', 'd313020000010000'],
  ['store_release((u16 *)(r1 + 2), r3)', 'cb31020010010000'],
  ['r0 = *(u32 *)skb[20]', '2000000014000000'],
  ['r0 = *(u16 *)skb[r1 + 4]', '4810000004000000'],
];

describe('assembler', () => {
  for (const [text, bytes] of FORMS) {
    test(text, () => {
      assert.equal(hex(text, { flows: 7 }), bytes);
      assert.equal(hex(disassemble(assemble(text, { maps: { flows: 7 } }).insns)), bytes);
    });
  }

  test('labels count slots: a 64-bit immediate has two', () => {
    const { insns, labels, lines } = assemble(
      'start: r1 = 1 ll // two slots\n\nif r1 == 1 goto end ; skips\n goto start # back\nend: exit',
    );
    assert.deepEqual(Object.fromEntries(labels), { start: 0, end: 4 });
    assert.deepEqual(
      insns.map(({ offset }) => offset),
      [0, 1, -4, 0],
    );
    assert.deepEqual([...lines], [1, 3, 4, 5]);
  });

  test('calls, long jumps and addresses of labels', () => {
    const { insns } = assemble('r2 = func[f] ll\ncall f\ngotol f\nf: exit');
    assert.deepEqual(
      insns.map(({ src, imm }) => [src, imm]),
      [
        [4, 3],
        [1, 1],
        [0, 0],
        [0, 0],
      ],
    );
  });

  const REFUSED: readonly [string, number, number, string, RegExp][] = [
    ['r0 = 0\nr11 = 5', 2, 1, '"r11"', /a register/],
    ['r0 = w1', 1, 6, '"w1"', /64-bit register \(r1\)/],
    ['r1 = be16 r2', 1, 11, '"r2"', /"r1"/],
    ['r0 = *(u24 *)(r1 + 0)', 1, 8, '"u24"', /a type/],
    ['r0 = *(u32 *)(r1 + 40000)', 1, 18, '40000', /from -32768 to 32767/],
    ['if r1 => 5 goto +1', 1, 7, '"="', /a condition/],
    ['goto nowhere', 1, 6, '"nowhere"', /label/],
    ['call bpf_no_such', 1, 6, '"bpf_no_such"', /helper/],
    ['r1 = map[table] ll', 1, 10, '"table"', /flows/],
    ['r1 = 0xffffffff', 1, 6, '4294967295', /to 2147483647/],
    ['r1 = 5 6', 1, 8, '"6"', /end of line/],
    ['r1 +=', 1, 6, 'end of line', /a register or a number/],
    ['r1 = 5 @', 1, 8, '"@"', /operator/],
    ['a: exit\na: exit', 2, 1, '"a"', /not defined above/],
    ['lock *(u16 *)(r1 + 0) += r2', 1, 8, '"u16"', /u32 or u64/],
    ['r2 = atomic_fetch_add((u64 *)(r1 + 0), r3)', 1, 40, '"r3"', /r2 or w2/],
    ['r1 = 12abc', 1, 6, '"12abc"', /a number/],
  ];
  for (const [source, line, column, found, expected] of REFUSED) {
    test(`refused: ${source.replaceAll('\n', ' / ')}`, () => {
      assert.throws(
        () => assemble(source, { maps: { flows: 7 } }),
        (error: AssemblyError) => {
          assert.ok(error instanceof AssemblyError);
          assert.deepEqual([error.line, error.column, error.found], [line, column, found], error.message);
          assert.match(error.expected, expected);
          return true;
        },
      );
    });
  }

  test('a jump that does not reach is refused, gotol reaches', () => {
    const far = `X far\n${'r0 = 0\n'.repeat(40000)}far: exit`;
    assert.throws(() => assemble(far.replace('X', 'goto')), /40000 slots.*gotol/);
    assert.equal(assemble(far.replace('X', 'gotol')).insns[0]?.imm, 40000);
  });
});
