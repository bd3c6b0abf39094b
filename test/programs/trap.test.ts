import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instructionAt, trapInstruction } from '#dist/shared/execution/trap.js';

/** Instruction 0 at byte 100, 1 at 110, 4 at 130. */
const OFFSETS = Uint32Array.from([100, 0, 110, 1, 130, 4]);

function trapped(...frames: string[]): Error {
  const error = new WebAssembly.RuntimeError('memory access out of bounds');
  error.stack = ['RuntimeError: memory access out of bounds', ...frames].join('\n');
  return error;
}

test('an offset belongs to the instruction that begins at or before it', () => {
  assert.equal(instructionAt(OFFSETS, 99), null);
  assert.equal(instructionAt(OFFSETS, 100), 0);
  assert.equal(instructionAt(OFFSETS, 129), 1);
  assert.equal(instructionAt(OFFSETS, 5000), 4);
  assert.equal(instructionAt(new Uint32Array(0), 5), null);
});

test('frames of the core above the program are passed over', () => {
  const error = trapped(
    '    at lookup (wasm://wasm/9b8ae3f6:wasm-function[12]:0x70)',
    '    at lb.main (wasm://wasm/lb-0c1d2e3f:wasm-function[9]:0x6f)',
    '    at runBatch (wasm://wasm/9b8ae3f6:wasm-function[40]:0x80)',
  );
  assert.equal(trapInstruction(error, 'lb', OFFSETS), 1);
  assert.equal(trapInstruction(error, 'other', OFFSETS), null);
});
