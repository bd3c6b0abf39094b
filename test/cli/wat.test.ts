import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import wabt from 'wabt';
import { operationOf } from '#dist/cli/wat/opcodes.js';
import { watOf } from '#dist/cli/wat/print.js';
import { ATOMIC_64, ATOMIC_64_ON_32, AtomicOp, Op } from '#dist/shared/program/compiler/wasm/op.js';

const FEATURES = { threads: true, tail_call: true, bulk_memory: true, sign_extension: true };

const SOURCE = `(module
  (type $entry (func (param i64 i32) (result i64)))
  (import "env" "memory" (memory 1 65536 shared))
  (import "env" "table" (table 1 funcref))
  (import "env" "callbacks" (global i32))
  (import "core" "lookup_any" (func $lookup (param i32 i32) (result i32)))
  (func $main (export "main") (type $entry)
    (local i64 i32)
    (local.set 2 (i64.const -9223372036854775808))
    (block $out (loop $again
      (br_if $out (i64.eqz (local.get 2)))
      (i64.atomic.store offset=8 (i32.const 65536) (i64.atomic.rmw32.add_u (i32.const 4) (i64.const 1)))
      (if (result i32) (i32.const 1) (then (i32.load8_u offset=3 (i32.const 2))) (else (i32.const -5)))
      (local.set 3)
      (memory.copy (i32.const 1) (i32.const 2) (i32.const 3))
      (memory.fill (i32.const 1) (i32.const 2) (i32.const 3))
      (br_table $out $again (call $lookup (local.get 3) (i32.const 128)))))
    (return_call_indirect (type $entry) (local.get 0) (local.get 1) (global.get 0))))
`;

describe('WebAssembly text', () => {
  it('assembles to the very module that it shows', async () => {
    const tools = await wabt();
    const assemble = (text: string, names: boolean) => {
      const module = tools.parseWat('test.wat', text, FEATURES);
      return new Uint8Array(module.toBinary({ write_debug_names: names }).buffer);
    };
    const text = watOf(assemble(SOURCE, true));
    assert.match(text, /return_call_indirect \(type \$t0\)/);
    assert.match(text, /call \$lookup/);
    assert.deepEqual(assemble(text, false), assemble(SOURCE, false), text);
  });

  it('has the comments that belong to an offset', async () => {
    const wasm = (await wabt()).parseWat('test.wat', '(module (func $f nop nop))', {}).toBinary({}).buffer;
    const nops = [...wasm.keys()].filter((at) => wasm[at] === 1 && wasm[at - 1] !== 0x60);
    const last = nops.at(-1);
    assert.match(
      watOf(wasm, { commentAt: (offset) => (offset === last ? '7: r0 = 1' : undefined) }),
      /nop\n {4};; 7: r0 = 1\n {4}nop/,
    );
  });

  it('knows every instruction that the compiler emits, by the name it has there', () => {
    const { MISC, TABLE_SIZE, ATOMIC, ...plain } = Op;
    const named = (name: string) => name.replaceAll('.', '_').toUpperCase();
    for (const [name, opcode] of Object.entries(plain)) {
      const shown = named(operationOf(opcode, () => assert.fail(`${name} is no prefix`)).name);
      assert.ok(shown.startsWith(name), `${name} is shown as ${shown}`);
    }
    assert.equal(operationOf(MISC, () => TABLE_SIZE).name, 'table.size');
    const atomic = (code: number) => operationOf(ATOMIC, () => code).name;
    for (const [name, code] of Object.entries(AtomicOp)) {
      if (name.startsWith('I')) assert.equal(named(atomic(code)), name.replace('_', '_ATOMIC_'), name);
      else {
        const kinds = [atomic(code), atomic(code + ATOMIC_64), atomic(code + ATOMIC_64_ON_32)];
        const low = name.toLowerCase();
        assert.deepEqual(kinds, [`i32.atomic.rmw.${low}`, `i64.atomic.rmw.${low}`, `i64.atomic.rmw32.${low}_u`]);
      }
    }
  });

  it('is refused for bytes that are no module', () => {
    assert.throws(() => watOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), /magic number/);
    assert.throws(() => watOf(new Uint8Array(3)), RangeError);
  });
});
