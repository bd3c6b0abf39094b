import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trapInstruction } from '#dist/shared/execution/trap.js';
import { compile } from '#dist/shared/program/compiler/index.js';
import { instruction, loadImmediate } from '#dist/shared/program/insn/instruction.js';
import { ProgramError } from '#dist/shared/program/insn/problem.js';
import { CONTEXT, FakeThread, type Import, map, program, STACK_TOP } from './thread.js';

type BpfFunction = (...values: (bigint | number)[]) => bigint;

describe('helper calls', () => {
  test('arguments in r1–r5, as many as the helper takes, the result in r0', () => {
    const seen: unknown[] = [];
    const thread = new FakeThread({
      helper_2: (...values) => {
        seen.push(values);
        return 7n;
      },
    });
    assert.equal(thread.run('r1 = 1\nr2 = -2\nr3 = 3\nr4 = 4\nr5 = 5\ncall bpf_map_update_elem\nr0 += 1\nexit'), 8n);
    assert.deepEqual(seen, [[1n, -2n, 3n, 4n]]);
  });

  test('helpers that need JavaScript come from the host', () => {
    const thread = new FakeThread({}, { helper_5: () => 123n });
    assert.equal(thread.run('call bpf_ktime_get_ns\nexit'), 123n);
  });

  for (const [source, code, message] of [
    ['call bpf_get_stackid\nexit', 'ENOTSUPP', /bpf_get_stackid#27/],
    ['call 9999\nexit', 'EINVAL', /unknown#9999/],
    ['call kfunc[5]\nexit', 'ENOTSUPP', /kernel functions/],
    ['r1 = btf[5] ll\nexit', 'ENOTSUPP', /kernel variables/],
  ] as const) {
    test(`refused: ${source.split('\n')[0]}`, () => {
      assert.throws(
        () => compile(program(`r0 = 0\n${source}`)),
        (error: ProgramError) =>
          error instanceof ProgramError && error.code === code && error.insn === 1 && message.test(error.message),
      );
    });
  }

  test('LD_ABS and LD_IND: big-endian value, or the program ends with 0', () => {
    const asked: unknown[] = [];
    const thread = new FakeThread({
      load_packet: (context, offset, size) => {
        asked.push([context, offset, size]);
        return (offset as number) < 0 ? -1n : 0xffff_ffffn;
      },
    });
    assert.equal(thread.run('r6 = r1\nr0 = *(u32 *)skb[12]\nr0 += 1\nexit'), 0x1_0000_0000n);
    assert.equal(thread.run('r6 = r1\nr2 = -10\nr0 = *(u16 *)skb[r2 + 4]\nr0 += 1\nexit'), 0n);
    assert.deepEqual(asked, [
      [CONTEXT, 12, 4],
      [CONTEXT, -6, 2],
    ]);
  });
});

describe('callbacks', () => {
  /** bpf_loop as the core has it: through the table, with a stack of the callee's own. */
  function loopingThread(): FakeThread {
    const thread = new FakeThread();
    thread.core['helper_181'] = ((
      count: bigint,
      callback: bigint,
      context: bigint,
      _flags: bigint,
      stackTop: number,
    ) => {
      for (let index = 0n; index < count; index++) {
        const call = thread.table.get(Number(callback)) as BpfFunction;
        if (call(index, context, 0n, 0n, 0n, stackTop) !== 0n) return index + 1n;
      }
      return count;
    }) as unknown as Import;
    return thread;
  }
  const LOOP = (callback: string) => `r1 = 10\nr2 = func[${callback}] ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall bpf_loop\n`;

  test('a callback sees its arguments, the caller’s stack through its context, and stops the loop', () => {
    const source = `
      *(u64 *)(r10 - 8) = 0
      ${LOOP('add')}
      r1 = *(u64 *)(r10 - 8)
      r0 *= 1000
      r0 += r1
      exit
    add:
      *(u64 *)(r10 - 8) = 999
      r3 = *(u64 *)(r2 + 0)
      r3 += r1
      *(u64 *)(r2 + 0) = r3
      r0 = 0
      if r1 != 6 goto +1
      r0 = 1
      exit`;
    assert.equal(loopingThread().run(source), 7021n);
  });

  test('several callbacks of several programs do not mix', () => {
    const thread = loopingThread();
    const source = (first: number, second: number) => `
      *(u64 *)(r10 - 8) = 0
      ${LOOP('b')}
      ${LOOP('a')}
      r0 = *(u64 *)(r10 - 8)
      exit
    a:
      r3 = ${first}
      goto add
      exit
    b:
      r3 = ${second}
    add:
      r4 = *(u64 *)(r2 + 0)
      r4 += r3
      *(u64 *)(r2 + 0) = r4
      r0 = 0
      exit`;
    const separate = (first: number, second: number) =>
      source(first, second).replace(
        'goto add\n      exit',
        'r4 = *(u64 *)(r2 + 0)\nr4 += r3\nr4 += r3\n*(u64 *)(r2 + 0) = r4\nr0 = 0\nexit',
      );
    const one = thread.load(program(separate(1, 100)));
    const two = thread.load(program(separate(7, 1000)));
    assert.equal(one.main(0n, STACK_TOP), 1020n);
    assert.equal(two.main(0n, STACK_TOP), 10140n);
  });
});

describe('tail calls', () => {
  const CALLER = 'r6 = r1\nr2 = 0x5000 ll\nr3 = 3\ncall bpf_tail_call\nr0 = 77\nexit';

  function thread(target: () => number, ensure: (id: number) => number = () => 0): FakeThread {
    return new FakeThread({ tail_call_target: () => target() }, { ensure_program: ensure as Import });
  }

  test('the target gets the context and the caller’s stack; its result is the caller’s', () => {
    const tail = thread(() => 2);
    const target = tail.load(program('*(u64 *)(r10 - 8) = r1\nr0 = *(u64 *)(r10 - 8)\nr0 += 1\nexit'));
    tail.programs.grow(3);
    tail.programs.set(2, target.exports['main']);
    assert.equal(tail.load(program(CALLER)).main(41n, STACK_TOP), 42n);
  });

  test('an empty slot falls through', () => {
    assert.equal(thread(() => 0).run(CALLER), 77n);
  });

  test('a program that is not installed is fetched once, or the call falls through', () => {
    const asked: number[] = [];
    const tail = thread(
      () => 5,
      (id) => {
        asked.push(id);
        if (asked.length === 1) return 0;
        tail.programs.grow(6);
        tail.programs.set(id, tail.load(program('r0 = 5\nexit')).exports['main']);
        return 1;
      },
    );
    const { main } = tail.load(program(CALLER));
    assert.deepEqual([main(0n, STACK_TOP), main(0n, STACK_TOP), main(0n, STACK_TOP)], [77n, 5n, 5n]);
    assert.deepEqual(asked, [5, 5]);
  });

  test('a million of them need no stack', () => {
    let left = 1_000_000;
    const tail = thread(() => (left-- > 0 ? 0 : -1) + 1);
    tail.programs.grow(2);
    tail.programs.set(1, tail.load(program(CALLER)).exports['main']);
    assert.equal((tail.programs.get(1) as BpfFunction)(0n, STACK_TOP), 77n);
    assert.ok(left < 0);
  });

  test('from a function of the program, the target’s result is that function’s', () => {
    const tail = thread(() => 2);
    tail.programs.grow(3);
    tail.programs.set(2, tail.load(program('r0 = 30\nexit')).exports['main']);
    assert.equal(tail.run('call f\nr0 += 12\nexit\nf: r2 = 0\nr3 = 0\ncall bpf_tail_call\nr0 = 1\nexit'), 42n);
  });
});

describe('the module around the code', () => {
  test('a trap names its instruction', () => {
    const thread = new FakeThread();
    const source = 'r1 = 1 ll\nr0 = 0\nif r1 == 0 goto out\nr2 = 0xfffffff0 ll\nr0 = *(u64 *)(r2 + 24)\nout: exit';
    const { main, compiled } = thread.load(program(source, { name: 'trapper' }));
    try {
      main(0n, STACK_TOP);
      assert.fail('expected a trap');
    } catch (error) {
      assert.ok(error instanceof WebAssembly.RuntimeError, String(error));
      assert.equal(compiled.moduleName, 'trapper');
      assert.equal(trapInstruction(error, compiled.moduleName, compiled.offsets), 6);
      assert.match(error.stack ?? '', /trapper\.main/);
    }
  });

  test('functions have the names they are given', () => {
    const { wasm } = compile(program('call f\nexit\nf: r0 = 0\nexit'), {
      functionNames: new Map([[2, 'parse_headers']]),
    });
    assert.ok(Buffer.from(wasm as Uint8Array).includes('parse_headers'));
  });

  test('coverage counts each instruction', () => {
    const thread = new FakeThread();
    const source = 'r0 = 3\nloop: r0 += -1\nif r0 != 0 goto loop\nif r1 == 0 goto out\nr0 = 9\nout: exit';
    const { main } = thread.load(program(source), { coverage: { address: 0x30000 } });
    for (let run = 0; run < 2; run++) main(0n, STACK_TOP);
    const counters = Array.from({ length: 6 }, (_, slot) => thread.view.getUint32(0x30000 + 4 * slot, true));
    assert.deepEqual(counters, [2, 6, 6, 2, 0, 2]);
  });

  test('a function too large for V8 is told, not emitted', () => {
    const insns = Array.from({ length: 300_000 }, () => loadImmediate(1, 0x7fff_ffff_ffff_ffffn));
    const large = program([...insns, loadImmediate(0, 0n), instruction({ opcode: 0x95 })]);
    const { wasm } = compile(large, { coverage: { address: 0x7000_0000 } });
    assert.equal(wasm, null);
  });

  test('addresses of maps and of their values', () => {
    const thread = new FakeThread();
    const references = [
      { slot: 0, kind: 'map', map: map({ address: 0xf000_0000 }), offset: 0 },
      { slot: 2, kind: 'value', map: map({ address: 0x40000 }), offset: 8 },
    ] as const;
    assert.equal(
      thread.run('r0 = map[fd:1] ll\nr2 = map[fd:2][0] + 8 ll\n*(u32 *)(r2 + 4) = 5\nexit', { references }),
      0xf000_0000n,
    );
    assert.equal(thread.view.getUint32(0x40000 + 256 + 8 + 4, true), 5);
  });
});
