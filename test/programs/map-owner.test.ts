/** Which programs may share a map of programs, and which of them can be test-run: here and on the live kernel. */
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, describe, test } from 'node:test';
import { BpfError, MapType, ProgramFlags, ProgramType, Runtime } from 'innermap';
import { KernelPeer, openKernel } from '#dist/cli/kernel/index.js';

const { XDP, SCHED_CLS, SCHED_ACT, CGROUP_SKB, TRACEPOINT, KPROBE, RAW_TRACEPOINT, SOCKET_FILTER, LWT_IN } =
  ProgramType;
const FRAGS = ProgramFlags.XDP_HAS_FRAGS;
/** Numbers of `enum bpf_attach_type`. */
const Attach = { TRACE_RAW_TP: 23, DEVMAP: 33, CPUMAP: 35, XDP: 37, KPROBE_MULTI: 42, TCX_INGRESS: 46, TCX_EGRESS: 47 };

const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
after(() => runtime.close());
const opened = openKernel();
const live = opened instanceof KernelPeer && release().startsWith('6.18.');
const skip = opened instanceof KernelPeer ? (live ? false : `this kernel is ${release()}`) : opened.unavailable;

interface Traits {
  readonly type: number;
  readonly attach?: number;
  readonly flags?: number;
}

type Call = (command: 'MAP_CREATE' | 'MAP_UPDATE_ELEM' | 'PROG_LOAD' | 'PROG_TEST_RUN', attributes: object) => number;

/** bpf(2) with -errno for what is refused, and shorthands. */
class Side {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  map(type: number, keySize = 4, valueSize = 4, maxEntries = 4): number {
    const attributes = { map_type: type, key_size: keySize, value_size: valueSize, max_entries: maxEntries };
    return this.#call('MAP_CREATE', attributes);
  }

  /** A program that names the maps and does nothing with them. */
  load({ type, attach = 0, flags = 0 }: Traits, ...maps: number[]): number {
    const insns = new Uint8Array(16 * maps.length + 16);
    const view = new DataView(insns.buffer);
    maps.forEach((fd, index) => {
      view.setUint16(16 * index, 0x1218, true);
      view.setInt32(16 * index + 4, fd, true);
    });
    insns.set([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95], 16 * maps.length);
    const program = { prog_type: type, prog_flags: flags, expected_attach_type: attach };
    const license = new TextEncoder().encode('GPL\0');
    return this.#call('PROG_LOAD', { ...program, insns, insn_cnt: insns.length / 8, license });
  }

  set(map: number, index: number, fd: number): number {
    return this.#call('MAP_UPDATE_ELEM', { map_fd: map, key: word(index), value: word(fd), flags: 0 });
  }

  run(fd: number, more: object = {}): number {
    return this.#call('PROG_TEST_RUN', { prog_fd: fd, data_in: new Uint8Array(64), data_size_in: 64, ...more });
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

const ours = new Side((command, attributes) => {
  try {
    return runtime.bpf(command, attributes as never);
  } catch (error) {
    if (error instanceof BpfError) return -error.errno;
    throw error;
  }
});
const sides: [string, Side | undefined][] = [
  ['innermap', ours],
  [
    'the live kernel',
    live ? new Side((command, given) => (opened as KernelPeer).attempt(command, given as never)) : undefined,
  ],
];

const EINVAL = -22;
const E2BIG = -7;
const EBUSY = -16;

/** The first program owns the map; the second one is taken (0) or not. */
const PAIRS: readonly [Traits, Traits, number][] = [
  [{ type: XDP }, { type: XDP }, 0],
  [{ type: XDP }, { type: XDP, attach: Attach.XDP }, EINVAL],
  [{ type: XDP, attach: Attach.XDP }, { type: XDP, attach: Attach.XDP }, 0],
  [{ type: XDP, attach: Attach.DEVMAP }, { type: XDP, attach: Attach.CPUMAP }, EINVAL],
  [{ type: XDP }, { type: XDP, flags: FRAGS }, EINVAL],
  [{ type: XDP, flags: FRAGS }, { type: XDP }, EINVAL],
  [{ type: XDP, flags: FRAGS }, { type: XDP, flags: FRAGS }, 0],
  [{ type: SCHED_CLS }, { type: SCHED_ACT }, EINVAL],
  [{ type: SCHED_CLS }, { type: SCHED_CLS, flags: FRAGS }, EINVAL],
  [{ type: SCHED_CLS }, { type: SCHED_CLS, attach: Attach.TCX_INGRESS }, EINVAL],
  [{ type: SCHED_CLS, attach: Attach.TCX_INGRESS }, { type: SCHED_CLS, attach: Attach.TCX_EGRESS }, EINVAL],
  [{ type: CGROUP_SKB }, { type: CGROUP_SKB, attach: 1 }, EINVAL],
  [{ type: SOCKET_FILTER }, { type: SOCKET_FILTER, attach: 5 }, EINVAL],
  [{ type: KPROBE }, { type: KPROBE, attach: Attach.KPROBE_MULTI }, EINVAL],
  [{ type: KPROBE }, { type: KPROBE, flags: ProgramFlags.SLEEPABLE }, 0],
  [{ type: KPROBE }, { type: KPROBE, flags: ProgramFlags.STRICT_ALIGNMENT }, 0],
  [{ type: TRACEPOINT }, { type: RAW_TRACEPOINT }, EINVAL],
  [{ type: RAW_TRACEPOINT }, { type: RAW_TRACEPOINT, attach: Attach.TRACE_RAW_TP }, EINVAL],
  [{ type: LWT_IN }, { type: LWT_IN, attach: 3 }, EINVAL],
];

const text = ({ type, attach = 0, flags = 0 }: Traits) => `type ${type}, attach ${attach}, flags ${flags}`;

for (const [name, side] of sides) {
  describe(name, { skip: side === undefined ? skip : false }, () => {
    const { map, load, set, run } = bound(side ?? ours);

    test('a PROG_ARRAY takes what is as the first program that came or named it', () => {
      for (const [first, second, expected] of PAIRS) {
        const label = `${text(first)}; ${text(second)}`;
        const array = map(MapType.PROG_ARRAY);
        assert.equal(set(array, 0, load(first)), 0, label);
        assert.equal(set(array, 1, load(second)), expected, label);
        const named = map(MapType.PROG_ARRAY);
        assert.ok(load(first, named) > 0, label);
        assert.equal(set(named, 0, load(second)), expected, label);
        if (second.flags !== ProgramFlags.SLEEPABLE) assert.equal(Math.min(0, load(second, named)), expected, label);
      }
    });

    test('cgroup storages: those of the first program, or none', () => {
      const storage = (type: number) => map(type, 16, 8, 0);
      const [one, other] = [storage(MapType.CGROUP_STORAGE), storage(MapType.CGROUP_STORAGE)];
      const perCpu = storage(MapType.PERCPU_CGROUP_STORAGE);
      const skb = { type: CGROUP_SKB };
      const array = map(MapType.PROG_ARRAY);
      assert.equal(set(array, 0, load(skb, one)), 0);
      assert.deepEqual(
        [[one], [other], [], [perCpu], [one, perCpu]].map((maps) => set(array, 1, load(skb, ...maps))),
        [0, EINVAL, 0, EINVAL, EINVAL],
      );
      const both = map(MapType.PROG_ARRAY);
      assert.ok(load(skb, one, perCpu, both) > 0);
      assert.deepEqual(
        [[one], [perCpu], [], [other]].map((maps) => set(both, 1, load(skb, ...maps))),
        [0, 0, 0, EINVAL],
      );
      assert.equal(load(skb, one, other), EBUSY);
    });

    test('DEVMAP and CPUMAP own as well, but for the attach type; DEVMAP_HASH does not', () => {
      const later: Traits[] = [{ type: XDP }, { type: XDP, flags: FRAGS }, { type: SCHED_CLS }];
      for (const [type, refused] of [
        [MapType.DEVMAP, EINVAL],
        [MapType.CPUMAP, EINVAL],
        [MapType.DEVMAP_HASH, 0],
      ] as const) {
        const devices = map(type, 4, 8);
        assert.ok(load({ type: XDP, attach: Attach.XDP }, devices) > 0);
        assert.deepEqual(
          later.map((traits) => Math.min(0, load(traits, devices))),
          [0, refused, refused],
          `map type ${type}`,
        );
      }
    });

    test('programs of device and CPU maps are not test-run, whatever else is wrong', () => {
      for (const attach of [0, Attach.XDP]) {
        const fd = load({ type: XDP, attach });
        assert.equal(run(fd), 0);
        assert.equal(run(fd, { ctx_in: new Uint8Array(100).fill(1), ctx_size_in: 100 }), E2BIG);
      }
      for (const attach of [Attach.DEVMAP, Attach.CPUMAP]) {
        const fd = load({ type: XDP, attach });
        assert.equal(run(fd), EINVAL);
        assert.equal(run(fd, { ctx_in: new Uint8Array(100).fill(1), ctx_size_in: 100 }), EINVAL);
      }
    });
  });
}

function bound(side: Side): Pick<Side, 'map' | 'load' | 'set' | 'run'> {
  return {
    map: side.map.bind(side),
    load: side.load.bind(side),
    set: side.set.bind(side),
    run: side.run.bind(side),
  };
}

test('the errors say what differs, and what a program of a device map is for', async () => {
  await using pooled = await Runtime.create({ workers: 1, possibleCpus: 2 });
  const array = pooled.createMap({ type: 'prog_array', maxEntries: 2 });
  const load = (expectedAttachType: number) =>
    pooled.loadProgram({ type: 'xdp', source: 'r0 = 2\nexit', expectedAttachType });
  array.set(0, await load(Attach.XDP));
  const plain = await load(0);
  assert.throws(() => array.set(1, plain), {
    code: 'EINVAL',
    message: /is for programs with expected_attach_type 37, not 0, as its first one was/,
  });
  const program = await load(Attach.DEVMAP);
  const expected = { code: 'EINVAL', message: /BPF_XDP_DEVMAP \(a section "xdp\/devmap"\): it runs where a DEVMAP/ };
  assert.throws(() => program.testRun(new Uint8Array(64)), expected);
  await assert.rejects(async () => program.run([new Uint8Array(64)]), expected);
});
