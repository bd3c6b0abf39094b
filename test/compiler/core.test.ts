/** Compiled programs over the real core: the arena, its maps, installed programs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Arena, createArena } from '#dist/shared/arena.js';
import { PACKET_RECORD } from '#dist/shared/core-exports.js';
import { installProgram, isInstalled, type ProgramHost, uninstallProgram } from '#dist/shared/execution/install.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { compile, helperImports } from '#dist/shared/program/compiler/index.js';
import { uncheckedProgram } from '#dist/shared/program/facts/index.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { map } from './thread.js';

const CORE = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#dist/shared/core.wasm'))));
const XDP = 6;
const ARRAY = 2;
const HASH = 1;
const PERCPU_ARRAY = 6;
const ARRAY_OF_MAPS = 12;
const PROG_ARRAY = 3;

test('every helper of the core has an import', () => {
  const known = new Set([...helperImports()].filter(({ module }) => module === 'core').map(({ id }) => `helper_${id}`));
  const offered = WebAssembly.Module.exports(CORE)
    .map(({ name }) => name)
    .filter((name) => name.startsWith('helper_'));
  assert.ok(offered.length > 20);
  assert.deepEqual(
    offered.filter((name) => !known.has(name)),
    [],
  );
});

class Thread {
  readonly arena: Arena = createArena({ bytes: 1 << 25, slots: 2, cpus: 2, module: CORE });
  readonly printed: string[] = [];
  readonly host: ProgramHost = {
    now: () => 5,
    printk: (id, text) => this.printed.push(`${id}: ${text}`),
    ensureProgram: (id) => this.wanted.get(id)?.() ?? false,
  };
  readonly wanted = new Map<number, () => boolean>();
  #ids = 0;

  map(type: number, fields: Partial<ProgramMap> = {}): ProgramMap {
    const described = map({ type, ...fields });
    const { keySize, valueSize, maxEntries, flags } = described;
    const id = ++this.#ids;
    const address = this.arena.core.mapCreate(type, keySize, valueSize, maxEntries, flags, 0, id, 0, -1, -1, -1);
    assert.ok(address > 0, `mapCreate: ${address}`);
    return { ...described, id, address };
  }

  /** Install a program; run it with `run`. `maps` gives descriptors 1, 2, … in order. */
  install(id: number, source: string, maps: Readonly<Record<string, ProgramMap>> = {}): () => bigint {
    const names = Object.keys(maps);
    const fds = Object.fromEntries(names.map((name, index) => [name, index + 1]));
    const mapsByFd = new Map(names.map((name, index) => [index + 1, maps[name] as ProgramMap]));
    const program = uncheckedProgram({
      name: `p${id}`,
      type: 6,
      insns: assemble(source, { maps: fds }).insns,
      mapsByFd,
    });
    const { wasm } = compile(program);
    assert.ok(wasm);
    const entry = installProgram(
      this.arena,
      { id, name: program.name, module: new WebAssembly.Module(wasm) },
      this.host,
    );
    return () => this.run(entry);
  }

  /** Over one packet of 64 bytes; gives the verdict. */
  run(entry: number): bigint {
    const { core, u8, u32 } = this.arena;
    const batch = core.memoryAllocate(PACKET_RECORD.size + 64);
    u8.fill(0, batch, batch + PACKET_RECORD.size);
    u32[(batch + PACKET_RECORD.data) >>> 2] = batch + PACKET_RECORD.size;
    u32[(batch + PACKET_RECORD.length) >>> 2] = 64;
    assert.equal(core.runBatch(entry, batch, 0, 1, XDP, 1), 1);
    const verdict = u32[(batch + PACKET_RECORD.verdict) >>> 2] as number;
    core.memoryFree(batch);
    return BigInt(verdict);
  }
}

const LOOKUP = (name: string, key: number, then: string) => `
  *(u32 *)(r10 - 4) = ${key}
  r1 = map[${name}] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto none
  ${then}
none:
  r0 = 99
  exit`;

describe('compiled programs over the core', () => {
  const thread = new Thread();
  const { core, u8 } = thread.arena;
  core.leaseCpu();

  test('an array element is written and read, out of range is NULL', () => {
    const array = thread.map(ARRAY, { maxEntries: 3 });
    const add = (key: number) =>
      LOOKUP('array', key, 'r1 = 5\nlock *(u64 *)(r0 + 0) += r1\nr0 = *(u64 *)(r0 + 0)\nexit');
    const run = thread.install(1, add(2), { array });
    assert.deepEqual([run(), run(), run()], [5n, 10n, 15n]);
    assert.equal(thread.install(2, add(3), { array })(), 99n);
    assert.equal(u8[(array.address as number) + 256 + 16], 15);
  });

  test('this CPU’s slot of a per-CPU array is what the core finds', () => {
    const percpu = thread.map(PERCPU_ARRAY, { maxEntries: 7, valueSize: 12 });
    const inPlace = thread.install(3, LOOKUP('percpu', 6, 'exit'), { percpu })();
    const call = thread.install(
      4,
      LOOKUP('percpu', 6, 'exit')
        .replace('r1 = map', 'r3 = map')
        .replace('r2 = r10', '*(u64 *)(r10 - 24) = r3\nr1 = *(u64 *)(r10 - 24)\nr4 = 0\nr1 += r4\nr2 = r10'),
      { percpu },
    )();
    assert.equal(inPlace, call);
    assert.ok(inPlace > BigInt(percpu.address as number));
  });

  test('through an outer array to an inner array', () => {
    const inner = thread.map(ARRAY, { maxEntries: 4 });
    const outer = {
      ...thread.map(ARRAY_OF_MAPS, { valueSize: 4, maxEntries: 4 }),
      inner: { ...inner, id: 0, address: null },
    };
    core.arrayOfMapsExchange(outer.address as number, 1, inner.address as number);
    u8[(inner.address as number) + 256 + 8 * 3] = 33;
    const nested = (slot: number, key: number) =>
      LOOKUP(
        'outer',
        slot,
        `*(u32 *)(r10 - 4) = ${key}\nr1 = r0\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 == 0 goto none\nr0 = *(u64 *)(r0 + 0)\nexit`,
      );
    assert.equal(thread.install(5, nested(1, 3), { outer })(), 33n);
    assert.equal(thread.install(6, nested(1, 4), { outer })(), 99n);
    assert.equal(thread.install(7, nested(0, 3), { outer })(), 99n);
  });

  test('hash elements by helper and by look-up', () => {
    const hash = thread.map(HASH, { keySize: 4, valueSize: 8, maxEntries: 8 });
    const source = `
      *(u32 *)(r10 - 4) = 7
      *(u64 *)(r10 - 16) = 70
      r1 = map[hash] ll
      r2 = r10
      r2 += -4
      r3 = r10
      r3 += -16
      r4 = 0
      call bpf_map_update_elem
      ${LOOKUP('hash', 7, 'r0 = *(u64 *)(r0 + 0)\nexit')}`;
    assert.equal(thread.install(8, source, { hash })(), 70n);
  });

  test('bpf_loop calls a function of the program', () => {
    const source = `
      *(u64 *)(r10 - 8) = 0
      r1 = 100
      r2 = func[each] ll
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_loop
      r0 = *(u64 *)(r10 - 8)
      exit
    each:
      r3 = *(u64 *)(r2 + 0)
      r3 += r1
      *(u64 *)(r2 + 0) = r3
      r0 = 0
      exit`;
    assert.equal(thread.install(9, source)(), 4950n);
  });

  test('33 tail calls, then the caller goes on; a program is installed when it is first called', () => {
    const programs = thread.map(PROG_ARRAY, { valueSize: 4, maxEntries: 2 });
    const counter = thread.map(ARRAY, { maxEntries: 1 });
    const again = `
      r6 = r1
      r7 = map[counter][0] ll
      r8 = *(u64 *)(r7 + 0)
      r8 += 1
      *(u64 *)(r7 + 0) = r8
      r1 = r6
      r2 = map[programs] ll
      r3 = 1
      call bpf_tail_call
      r0 = *(u64 *)(r7 + 0)
      *(u64 *)(r7 + 0) = 0
      exit`;
    thread.wanted.set(11, () => {
      thread.install(11, again, { programs, counter });
      return true;
    });
    const { progArraySet: setProgram } = core as unknown as {
      progArraySet(map: number, index: number, id: number): number;
    };
    const run = thread.install(10, again, { programs, counter });
    assert.equal(run(), 1n);
    setProgram(programs.address as number, 1, 11);
    assert.equal(run(), 34n);
    assert.ok(isInstalled(thread.arena, 11));
    assert.ok(uninstallProgram(thread.arena, 11));
    assert.equal(isInstalled(thread.arena, 11), false);
  });

  test('output of a program, with its id', () => {
    const source = `
      r1 = 0x64253d6e ll
      *(u64 *)(r10 - 8) = r1
      r1 = r10
      r1 += -8
      r2 = 5
      r3 = 42
      call bpf_trace_printk
      exit`;
    assert.equal(thread.install(12, source)(), 4n);
    assert.deepEqual(thread.printed, ['12: n=42']);
  });

  test('a program that cannot be instantiated leaves the tables as they were', () => {
    const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    assert.throws(
      () => installProgram(thread.arena, { id: 13, name: 'empty', module }, thread.host),
      /exports no function "main"/,
    );
    assert.equal(isInstalled(thread.arena, 13), false);
  });
});
