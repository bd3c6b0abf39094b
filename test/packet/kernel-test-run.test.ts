import { describe, test } from 'node:test';
import { ProgramType } from '#dist/shared/uapi.js';
import { frame, type Given, same, skip, words } from './support.js';

const {
  SOCKET_FILTER,
  SCHED_CLS,
  SCHED_ACT,
  XDP,
  CGROUP_SKB,
  LWT_IN,
  LWT_OUT,
  LWT_XMIT,
  RAW_TRACEPOINT,
  SYSCALL,
  PERF_EVENT,
} = ProgramType;
const SKB_TYPES = [SOCKET_FILTER, SCHED_CLS, SCHED_ACT, LWT_IN, LWT_OUT, LWT_XMIT];
const RETURN_ONE = 'r0 = 1\nexit';
const SKB_SIZE = 192;
const XDP_SIZE = 24;

/** Programs that give one field of the context, by program type: those that the verifier lets read it. */
function reads(offset: number, bytes = 4): string {
  return `r0 = *(u${bytes * 8} *)(r1 + ${offset})\nexit`;
}

describe('PROG_TEST_RUN: sizes and flags as the kernel has them', { skip }, () => {
  test('packets at the edges', () => {
    for (const type of [...SKB_TYPES, CGROUP_SKB, XDP]) {
      for (const length of [0, 1, 13, 14, 15, 33, 34, 1500, 3520, 3521, 3712]) {
        for (const etherType of [0, 0x0800, 0x86dd, 0x0806]) {
          same({ type, source: RETURN_ONE, data: frame(Math.max(length, 14), etherType).subarray(0, length) });
        }
      }
    }
    for (const length of [53, 54]) same({ type: SCHED_CLS, source: RETURN_ONE, data: frame(length, 0x86dd) });
    for (const type of SKB_TYPES) same({ type, source: RETURN_ONE, data: frame(3713, 0) });
    for (const length of [4096, 9000, 40_000]) same({ type: XDP, source: RETURN_ONE, data: frame(length, 0) });
  });

  test('flags, cpu, batch_size', () => {
    for (const type of [...SKB_TYPES, XDP, CGROUP_SKB]) {
      for (const flags of [1, 4, 8, 5]) same({ type, source: RETURN_ONE, data: frame(64), attributes: { flags } });
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { cpu: 1 } });
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { batch_size: 1 } });
    }
  });

  test('outputs that are too small, absent, or of no given size', () => {
    for (const type of [SCHED_CLS, SOCKET_FILTER, XDP]) {
      for (const room of [1, 20, 63, 64, 65]) same({ type, source: RETURN_ONE, data: frame(64), room });
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { data_size_out: 0 } });
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { data_out: null } });
      same({ type, source: RETURN_ONE, data: null, attributes: { data_size_in: 64 } });
      same({ type, source: RETURN_ONE, data: null });
    }
    for (const room of [5000, 3000, 5999, 6000]) same({ type: XDP, source: RETURN_ONE, data: frame(6000), room });
  });

  test('each run of a repeat finds what the one before left', () => {
    for (const repeat of [0, 1, 2, 3, 50, 54, 55, 70]) {
      same({ type: XDP, source: 'r2 = -4\ncall 44\nexit', data: frame(64), attributes: { repeat } });
      const mark = 'r0 = *(u32 *)(r1 + 8)\nr0 += 1\n*(u32 *)(r1 + 8) = r0\nexit';
      same({
        type: SCHED_CLS,
        source: mark,
        data: frame(64),
        attributes: { repeat },
        context: words(SKB_SIZE, {}),
        contextRoom: SKB_SIZE,
      });
      const tail = 'r6 = r1\nr2 = *(u32 *)(r1 + 0)\nr2 += 4\nr3 = 0\ncall 38\nr0 = *(u32 *)(r6 + 0)\nexit';
      same({ type: SCHED_CLS, source: tail, data: frame(64), attributes: { repeat } });
    }
  });

  test('types that cannot be test-run, and a context whose size does not go with it', () => {
    same({ type: PERF_EVENT, source: RETURN_ONE, data: frame(64) });
    for (const type of [SCHED_CLS, XDP]) {
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { ctx_size_in: 4 } });
      same({ type, source: RETURN_ONE, data: frame(64), attributes: { ctx_size_out: 4 } });
      same({ type, source: RETURN_ONE, data: frame(64), context: new Uint8Array(4), attributes: { ctx_size_in: 0 } });
      same({ type, source: RETURN_ONE, data: frame(64), contextRoom: 8, attributes: { ctx_size_out: 0 } });
    }
  });
});

describe('xdp_md in and out', { skip }, () => {
  const LINEAR = 'r0 = *(u32 *)(r1 + 4)\nr2 = *(u32 *)(r1 + 0)\nr0 -= r2\nexit';
  const META = 'r0 = *(u32 *)(r1 + 0)\nr2 = *(u32 *)(r1 + 8)\nr0 -= r2\nexit';
  const given = (source: string, length: number, fields: Record<number, number>, size = XDP_SIZE): Given => {
    return { type: XDP, source, data: frame(length), context: words(size, fields), contextRoom: 32 };
  };

  test('metadata, linear part, fragments', () => {
    const rows = [
      [0, 0, 64],
      [4, 4, 64],
      [4, 10, 64],
      [8, 5, 64],
      [48, 48, 64],
      [52, 52, 64],
      [0, 10, 64],
      [216, 216, 300],
      [220, 220, 300],
      [256, 256, 300],
      [0, 13, 14],
      [4, 14, 17],
      [4, 14, 18],
      [0, 3520, 6000],
      [0, 3521, 6000],
      [32, 3552, 6000],
      [32, 3553, 6000],
      [3, 64, 64],
      [0, 64, 64],
      [0, 65, 64],
      [32, 64, 64],
    ] as const;
    for (const [data, end, length] of rows) {
      for (const source of [
        LINEAR,
        META,
        'call 188\nexit',
        'r2 = -8\ncall 54\nexit',
        'r2 = -8\ncall 44\nexit',
        'r2 = 20\ncall 65\nexit',
      ]) {
        same(given(source, length, { 0: data, 4: end }));
      }
    }
  });

  test('devices and queues', () => {
    for (const [field, value] of [
      [8, 1],
      [12, 0],
      [12, 1],
      [12, 99],
      [16, 1],
      [20, 1],
    ] as const) {
      for (const source of [RETURN_ONE, reads(12), reads(16)]) same(given(source, 64, { 4: 64, [field]: value }));
    }
    same(given(RETURN_ONE, 64, { 4: 64, 12: 1, 16: 5 }));
    for (const source of [reads(12), reads(16)]) same({ type: XDP, source, data: frame(64) });
  });

  test('contexts of other sizes; what is wrong first', () => {
    for (const size of [4, 8, 23, 25, 32, 40, 4096, 4097, 5000]) same(given(LINEAR, 64, {}, size));
    same(given(LINEAR, 64, { 28: 1 }, 32));
    same(given(LINEAR, 13, { 28: 1 }, 32));
    same(given(LINEAR, 13, { 4: 13, 12: 99 }));
    for (const room of [1, 8, 23, 24])
      same({ ...given(LINEAR, 64, { 4: 64 }), contextRoom: room, attributes: { ctx_size_out: room } });
    same({ ...given(LINEAR, 64, { 8: 1 }), data: null, attributes: { data_size_in: 64 } });
    same({ ...given(LINEAR, 64, { 4: 64, 12: 99 }), data: null, attributes: { data_size_in: 64 } });
    same({ type: XDP, source: LINEAR, data: frame(64), contextRoom: XDP_SIZE });
  });
});

describe('__sk_buff in and out', { skip }, () => {
  test('which fields may be set, by type', () => {
    for (const type of [...SKB_TYPES, CGROUP_SKB]) {
      for (let offset = 0; offset < SKB_SIZE; offset += 4) {
        const context = words(SKB_SIZE, { [offset]: 1 });
        same({ type, source: RETURN_ONE, data: frame(64), context, contextRoom: SKB_SIZE });
      }
      same({ type, source: RETURN_ONE, data: frame(64), contextRoom: SKB_SIZE });
      for (const offset of [180, 181, 182, 183]) {
        const context = new Uint8Array(SKB_SIZE);
        context[offset] = 1;
        same({ type, source: RETURN_ONE, data: frame(64), context, contextRoom: SKB_SIZE });
      }
    }
  });

  test('limits of fields, and what is wrong first', () => {
    const limits: Record<number, number>[] = [
      { 164: 65_535 },
      { 164: 65_536 },
      { 176: 70_000 },
      { 160: 63 },
      { 160: 64 },
      { 160: 50 },
      { 160: 49 },
      { 160: 65_536 },
      { 160: 65_537 },
    ];
    for (const fields of limits) {
      for (const type of [SCHED_CLS, SOCKET_FILTER]) {
        same({ type, source: RETURN_ONE, data: frame(64), context: words(SKB_SIZE, fields), contextRoom: SKB_SIZE });
      }
    }
    const wrong = (length: number, fields: Record<number, number>, size = SKB_SIZE): Given => {
      return { type: SCHED_CLS, source: RETURN_ONE, data: frame(length), context: words(size, fields) };
    };
    same(wrong(64, { 0: 1, 40: 99 }));
    same(wrong(20, { 40: 99 }));
    same(wrong(20, { 0: 1 }));
    same(wrong(13, { 196: 1 }, 200));
    same(wrong(64, { 196: 1 }, 200));
    for (const size of [4, 12, 191, 200, 4096, 4097]) same(wrong(64, {}, size));
    for (const room of [1, 100, 191, 192, 200]) same({ ...wrong(64, { 8: 3 }), contextRoom: room });
  });

  test('what programs read, for frames of every kind', () => {
    const broadcast = frame(64, 0x0806);
    broadcast.fill(0xff, 0, 6);
    const multicast = frame(64);
    multicast[0] = 1;
    const other = frame(64, 0x86dd);
    other[5] = 9;
    const raw = frame(64, 0x0030);
    raw.fill(0xff, 14, 16);
    const frames = [
      frame(64),
      broadcast,
      multicast,
      other,
      raw,
      frame(64, 0x05ff),
      frame(64, 0x0600),
      frame(64, 0x8100),
      frame(14, 0x0020),
      frame(15, 0),
    ];
    const fields = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64, 68, 164, 176];
    for (const data of frames) {
      for (const type of [SOCKET_FILTER, SCHED_CLS, LWT_IN]) {
        for (const offset of fields) {
          same({ type, source: reads(offset), data });
          same({
            type,
            source: reads(offset),
            data,
            context: words(SKB_SIZE, { 8: 7, 32: 8, 36: 9, 48: 10, 64: 11, 164: 2, 176: 3 }),
          });
        }
      }
      for (const offset of [72, 84, 160, 180]) {
        same({ type: SCHED_CLS, source: reads(offset, offset === 180 ? 1 : 4), data });
        if (offset !== 180)
          same({ type: SCHED_CLS, source: reads(offset), data, context: words(SKB_SIZE, { 152: 5, 184: 6 }) });
      }
      const length = 'r0 = *(u32 *)(r1 + 80)\nr2 = *(u32 *)(r1 + 76)\nr0 -= r2\nexit';
      for (const type of [SCHED_CLS, LWT_XMIT, CGROUP_SKB])
        same({ type, source: length.replace('exit', 'r0 &= 1\nexit'), data });
      same({ type: SCHED_CLS, source: length, data });
    }
  });

  test('what programs write comes back', () => {
    for (const offset of [8, 32, 48, 52, 64]) {
      const source = `r2 = 0x12345678\n*(u32 *)(r1 + ${offset}) = r2\nr0 = *(u32 *)(r1 + ${offset})\nexit`;
      same({ type: SCHED_CLS, source, data: frame(64), context: words(SKB_SIZE, {}), contextRoom: SKB_SIZE });
    }
    const stamp = 'r2 = 77\n*(u64 *)(r1 + 152) = r2\nr0 = *(u64 *)(r1 + 152)\nexit';
    same({
      type: SCHED_CLS,
      source: stamp,
      data: frame(64),
      context: words(SKB_SIZE, { 184: 4 }),
      contextRoom: SKB_SIZE,
    });
  });
});

describe('programs without a packet', { skip }, () => {
  const counted = 'r0 = *(u64 *)(r1 + 8)\nr2 = *(u64 *)(r1 + 0)\nr0 += r2\nexit';

  test('RAW_TRACEPOINT', () => {
    const base: Given = { type: RAW_TRACEPOINT, source: counted, maxContextOffset: 16 };
    for (const size of [8, 9, 15, 16, 96, 97, 104])
      same({ ...base, context: words(Math.max(size, 16), { 0: 1, 8: 2 }).subarray(0, size) });
    same(base);
    for (const attributes of [
      { flags: 1 },
      { flags: 1, cpu: 1 },
      { cpu: 1 },
      { flags: 2 },
      { repeat: 1 },
      { batch_size: 1 },
      { data_in: frame(64) },
    ]) {
      same({ ...base, context: words(16, { 0: 1, 8: 2 }), attributes });
    }
    same({ ...base, context: words(16, {}), contextRoom: 16 });
    same({ type: RAW_TRACEPOINT, source: RETURN_ONE });
  });

  test('SYSCALL: changes come back in ctx_in', () => {
    const source = 'r0 = *(u64 *)(r1 + 0)\n*(u64 *)(r1 + 8) = r0\nr0 += 1\n*(u64 *)(r1 + 0) = r0\nexit';
    const base: Given = { type: SYSCALL, source, maxContextOffset: 16, loadFlags: 16 };
    for (const size of [8, 16, 17, 4096, 65_535, 65_536])
      same({ ...base, context: words(Math.max(16, size), { 0: 41, 8: 2 }).subarray(0, size) });
    same(base);
    for (const attributes of [
      { flags: 1 },
      { cpu: 1 },
      { repeat: 1 },
      { batch_size: 1 },
      { data_in: frame(64) },
      { data_size_in: 4 },
    ]) {
      same({ ...base, context: words(16, { 0: 1 }), attributes });
    }
    same({ ...base, context: words(16, { 0: 1 }), contextRoom: 16 });
    same({ type: SYSCALL, source: 'r0 = -3\nexit', loadFlags: 16 });
  });
});
