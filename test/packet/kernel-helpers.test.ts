import { describe, test } from 'node:test';
import { ProgramType } from '#dist/shared/uapi.js';
import { frame, type Given, same, skip } from './support.js';

const { SCHED_CLS, XDP, SOCKET_FILTER, LWT_XMIT } = ProgramType;

/** A call with constant arguments behind the context; r0 is the result. */
function call(id: number, ...args: number[]): string {
  const lines = args.map((value, index) => `r${index + 2} = ${value}`);
  return [...lines, `call ${id}`, 'exit'].join('\n');
}

/** Sequences of calls on one packet, the results collected in r7 as digits; then the fields that programs see. */
function sequence(calls: readonly (readonly [id: number, ...args: number[]])[], field: number): string {
  const lines = ['r6 = r1', 'r7 = 0'];
  for (const [id, ...args] of calls) {
    lines.push(
      'r1 = r6',
      ...args.map((value, index) => `r${index + 2} = ${value}`),
      `call ${id}`,
      'r7 *= 31',
      'r7 += r0',
    );
  }
  lines.push('r7 *= 31', `r0 = *(u32 *)(r6 + ${field})`, 'r7 += r0', 'r0 = r7', 'exit');
  return lines.join('\n');
}

const SKB_FIELDS = { len: 0, type: 4, protocol: 16, vlan: 20, tci: 24, vlanProtocol: 28, hash: 68 };

describe('packet helpers as the kernel has them', { skip }, () => {
  test('change_tail, change_head, pull_data, change_type at their limits', () => {
    for (const length of [0, 13, 14, 15, 64, 100, 4096, 16_063, 16_064, 16_065, 70_000, -1]) {
      same({ type: SCHED_CLS, source: call(38, length, 0), data: frame(64) });
      same({ type: SCHED_CLS, source: call(39, length), data: frame(64) });
    }
    for (const length of [0, 1, 14, 100, 3000, 16_000, 16_001, 70_000, -1]) {
      same({ type: SCHED_CLS, source: call(43, length, 0), data: frame(64) });
      same({ type: LWT_XMIT, source: call(43, length, 0), data: frame(64) });
    }
    for (const type of [0, 1, 3, 4, -1]) same({ type: SCHED_CLS, source: call(32, type), data: frame(64) });
    same({ type: SCHED_CLS, source: call(38, 60, 1), data: frame(64) });
    same({ type: SCHED_CLS, source: call(43, 4, 1), data: frame(64) });
  });

  test('change_proto in both directions and refused', () => {
    for (const etherType of [0x0800, 0x86dd, 0x0806]) {
      for (const to of [0x0008, 0xdd86, 0x0608, 0]) {
        for (const flags of [0, 1]) {
          same({ type: SCHED_CLS, source: call(31, to, flags), data: frame(80, etherType) });
        }
      }
    }
  });

  test('adjust_room in every mode and with every flag', () => {
    const flags = [0, 1, 2, 4, 6, 10, 12, 18, 20, 26, 32, 64, 66, 128, 256, 384, 512, 2 ** 31 - 1];
    for (const etherType of [0x0800, 0x86dd, 0x0806]) {
      for (const mode of [0, 1, 2]) {
        for (const difference of [0, 1, 8, 20, 40, -1, -8, -20, -26, -40, 4095, 4096, -5000]) {
          for (const flag of flags) {
            same({ type: SCHED_CLS, source: call(50, difference, mode, flag), data: frame(120, etherType) });
          }
        }
      }
    }
  });

  test('adjust_room with an inner MAC header, twice, and on what it made', () => {
    for (const inner of [0, 14, 20, 200]) {
      const source = `r4 = ${inner}\nr4 <<= 56\nr4 |= ${2 + 16 + (inner === 14 ? 64 : 0)}\nr2 = 50\nr3 = 1\ncall 50\nexit`;
      same({ type: SCHED_CLS, source, data: frame(120) });
    }
    for (const field of Object.values(SKB_FIELDS)) {
      same({
        type: SCHED_CLS,
        source: sequence(
          [
            [50, 28, 1, 2 | 16],
            [50, 28, 1, 2],
          ],
          field,
        ),
        data: frame(120),
      });
      same({
        type: SCHED_CLS,
        source: sequence(
          [
            [50, 40, 1, 4],
            [38, 60, 0],
            [50, -20, 1, 128],
          ],
          field,
        ),
        data: frame(120),
      });
      same({
        type: SCHED_CLS,
        source: sequence(
          [
            [31, 0xdd86, 0],
            [50, 20, 0, 0],
            [38, 20, 0],
          ],
          field,
        ),
        data: frame(120),
      });
    }
  });

  test('vlan_push and vlan_pop, one tag beside the packet and the others in it', () => {
    const push = [18, 0x0081, 0x123] as const;
    const other = [18, 0xa888, 0x0fff] as const;
    const pop = [19] as const;
    const sequences = [
      [push],
      [push, other],
      [push, other, push],
      [push, pop],
      [push, other, pop],
      [push, other, pop, pop],
      [pop],
      [[18, 0, 7] as const],
      [[18, 0x0081, 0x1_2345] as const],
      [push, push, push, pop, pop, pop, pop],
      [push, other, [38, 30, 0] as const, pop, pop],
      [push, other, [43, 10, 0] as const, pop, pop, [38, 14, 0] as const],
    ];
    for (const calls of sequences) {
      for (const field of Object.values(SKB_FIELDS)) {
        same({ type: SCHED_CLS, source: sequence(calls, field), data: frame(64) });
        same({ type: SCHED_CLS, source: sequence(calls, field), data: frame(64, 0x8100) });
        same({ type: SCHED_CLS, source: sequence(calls, field), data: frame(17, 0x8100) });
      }
    }
  });

  test('csum_level and csum_update', () => {
    const actions = [0, 1, 2, 3, 4];
    for (const first of actions) {
      for (const second of actions) {
        const calls = [
          [135, first],
          [135, second],
          [135, 0],
          [50, 8, 1, 0],
          [135, 0],
        ] as const;
        same({ type: SCHED_CLS, source: sequence(calls, 0), data: frame(64) });
      }
    }
    same({ type: SCHED_CLS, source: call(40, 5), data: frame(64) });
  });

  test('hash: set, invalid, kept by recalc', () => {
    for (const field of [SKB_FIELDS.hash]) {
      same({ type: SCHED_CLS, source: sequence([[48, 77], [34]], field), data: frame(64) });
      same({ type: SCHED_CLS, source: sequence([[48, 77], [41]], field), data: frame(64) });
      same({
        type: SCHED_CLS,
        source: sequence(
          [
            [48, 77],
            [31, 0xdd86, 0],
          ],
          field,
        ),
        data: frame(64),
      });
    }
  });

  test('redirect verdicts', () => {
    for (const type of [SCHED_CLS, XDP, LWT_XMIT]) {
      for (const flags of [0, 1, 2, 3]) {
        same({ type, source: `r1 = 1\nr2 = ${flags}\ncall 23\nexit`, data: frame(64) });
      }
    }
  });

  test('xdp_adjust_head, adjust_tail, adjust_meta at their limits', () => {
    for (const by of [0, 1, 50, 51, 64, -4, -216, -217, 2 ** 30, -(2 ** 30)]) {
      same({ type: XDP, source: call(44, by), data: frame(64) });
      same({ type: XDP, source: call(44, by), data: frame(6000) });
    }
    for (const by of [0, 1, -50, -51, -64, 3456, 3457, 2 ** 30, -(2 ** 30)]) {
      same({ type: XDP, source: call(65, by), data: frame(64) });
    }
    for (const by of [0, -4, -3, -32, -36, -216, -217, -220, -252, 4, 1]) {
      same({ type: XDP, source: call(54, by), data: frame(64), context: undefined, contextRoom: undefined } as Given);
    }
  });

  test('fragments are cut and grown at the end of the packet', () => {
    for (const by of [0, 1, 1616, 1617, 4000, -1, -2479, -2480, -2481, -3000, -5986, -5987]) {
      same({ type: XDP, source: call(65, by), data: frame(6000) });
    }
    for (const by of [4095, 4096]) same({ type: XDP, source: call(65, by), data: frame(3521) });
    same({ type: XDP, source: call(188), data: frame(6000) });
  });
});

describe('loads and stores of packet bytes', { skip }, () => {
  /** Load `bytes` at `offset` to the stack, fold them into r0 with the result. */
  const load = (id: number, offset: number, bytes: number, extra = '') =>
    `*(u64 *)(r10 - 16) = 0x55555555\n*(u64 *)(r10 - 8) = 0x66666666\nr2 = ${offset}\nr3 = r10\nr3 += -16\nr4 = ${bytes}\n${extra}
     call ${id}\nr1 = *(u64 *)(r10 - 16)\nr2 = *(u64 *)(r10 - 8)\nr1 *= 31\nr1 ^= r2\nr0 *= 1009\nr0 += r1\nr1 = r0\nr1 >>= 32\nr0 ^= r1\nexit`;
  const offsets = [0, 1, 13, 14, 48, 49, 50, 60, 61, 63, 64, 0xffff, 0x1_0000, 0x7fff_ffff, -1];

  test('xdp_load_bytes and xdp_store_bytes', () => {
    for (const offset of [...offsets, 3518, 5996, 5997]) {
      for (const bytes of [1, 4, 16]) {
        for (const id of [189, 190]) {
          same({ type: XDP, source: load(id, offset, bytes), data: frame(64) });
          same({ type: XDP, source: load(id, offset, bytes), data: frame(6000) });
        }
      }
    }
  });

  test('skb_load_bytes, skb_load_bytes_relative, skb_store_bytes', () => {
    for (const type of [SCHED_CLS, SOCKET_FILTER]) {
      for (const offset of offsets) {
        for (const bytes of [1, 4, 16]) {
          same({ type, source: load(26, offset, bytes), data: frame(64) });
          for (const header of [0, 1, 2]) {
            same({ type, source: load(68, offset, bytes, `r5 = ${header}`), data: frame(64) });
          }
          if (type === SOCKET_FILTER) continue;
          for (const flags of [0, 1, 2, 3, 4]) {
            same({ type, source: load(9, offset, bytes, `r5 = ${flags}`), data: frame(64) });
          }
        }
      }
    }
  });

  test('LD_ABS and LD_IND with offsets of every kind', () => {
    for (const size of ['u8', 'u16', 'u32']) {
      for (const offset of [
        0,
        1,
        12,
        46,
        47,
        48,
        49,
        50,
        60,
        63,
        64,
        -1,
        -4096,
        -0x10_0000,
        -0x10_0000 + 4,
        -0x20_0000,
        -0x20_0000 + 12,
        -0x20_0000 + 60,
        -0x20_0001,
        -0x10_0001,
        -0x20_0000 - 4,
        0x7fff_fff0,
      ]) {
        for (const type of [SCHED_CLS, SOCKET_FILTER]) {
          same({ type, source: `r6 = r1\nr0 = *(${size} *)skb[${offset}]\nexit`, data: frame(64) });
          same({
            type,
            source: `r6 = r1\nr7 = 3\nr0 = *(${size} *)skb[r7 ${offset < 0 ? `- ${-offset}` : `+ ${offset}`}]\nexit`,
            data: frame(64),
          });
        }
      }
    }
  });
});

describe('checksum helpers', { skip }, () => {
  test('csum_diff', () => {
    const buffers = (from: number, to: number, seed: number) =>
      `*(u32 *)(r10 - 16) = ${from}\n*(u32 *)(r10 - 12) = 0x12345678\n*(u32 *)(r10 - 8) = ${to}\n*(u32 *)(r10 - 4) = -1\nr5 = ${seed}\n`;
    for (const [from, to, seed] of [
      [0, 0, 0],
      [-1, -1, 0],
      [1, 2, 3],
      [-1, 0, -1],
      [0x1234, 0xffff, 0x10000],
      [0, -1, -1],
    ] as const) {
      for (const fromSize of [0, 4, 8, 3]) {
        for (const toSize of [0, 4, 8, 6]) {
          const source = `${buffers(from, to, seed)}r1 = r10\nr1 += -16\nr2 = ${fromSize}\nr3 = r10\nr3 += -8\nr4 = ${toSize}\ncall 28\nexit`;
          same({ type: SCHED_CLS, source, data: frame(64) });
        }
      }
    }
  });

  test('l3_csum_replace and l4_csum_replace', () => {
    const replace = (id: number, offset: number, from: number, to: number, flags: number) =>
      `r2 = ${offset}\nr3 = ${from}\nr4 = ${to}\nr5 = ${flags}\ncall ${id}\nexit`;
    const zeroed = frame(64);
    zeroed.fill(0, 24, 26);
    const ones = frame(64);
    ones.fill(0xff, 24, 26);
    for (const data of [frame(64), zeroed, ones]) {
      for (const offset of [24, 25, 62, 63, 64, 0x1_0000]) {
        for (const [from, to] of [
          [0, 0],
          [0, 5],
          [7, 5],
          [0xffff, 0],
          [0x1234_5678, -1],
          [0, -1],
          [-1, 0],
        ] as const) {
          for (const flags of [0, 2, 4, 3, 16])
            same({ type: SCHED_CLS, source: replace(10, offset, from, to, flags), data });
          for (const flags of [0, 2, 4, 1, 16, 18, 20, 32, 34, 36, 96, 100, 52, 128, 144, 148, 256]) {
            same({ type: SCHED_CLS, source: replace(11, offset, from, to, flags), data });
          }
        }
      }
    }
  });

  test('a complete checksum goes along with what the helpers change', () => {
    const complete = { attributes: { flags: 4 } };
    const store = (offset: number, flags: number) =>
      `*(u64 *)(r10 - 8) = 0x1234567\nr2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = ${flags}\ncall 9\nexit`;
    for (const offset of [0, 14, 15, 30, 51]) {
      for (const flags of [0, 1]) same({ type: SCHED_CLS, source: store(offset, flags), data: frame(64), ...complete });
    }
    same({ type: SCHED_CLS, source: call(40, 0), data: frame(64), ...complete });
    same({ type: SCHED_CLS, source: call(40, 5), data: frame(64), ...complete });
    for (const length of [40, 100])
      same({ type: SCHED_CLS, source: call(38, length, 0), data: frame(64), ...complete });
    same({ type: SCHED_CLS, source: call(50, 8, 1, 0), data: frame(64), ...complete });
    same({ type: SCHED_CLS, source: call(50, -8, 1, 0), data: frame(64), ...complete });
    same({
      type: SCHED_CLS,
      source: sequence(
        [
          [18, 0x0081, 1],
          [18, 0x0081, 2],
        ],
        0,
      ),
      data: frame(64),
      ...complete,
    });
    same({ type: SCHED_CLS, source: sequence([[19]], 0), data: frame(64, 0x8100), ...complete });
    same({ type: SCHED_CLS, source: sequence([[31, 0xdd86, 0]], 0), data: frame(64), ...complete });
  });
});
