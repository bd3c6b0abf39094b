import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatPrintk, readFormat } from '#dist/shared/execution/printk.js';

const memory = new Uint8Array(256);

function text(format: string, ...values: bigint[]): string {
  const result = formatPrintk(memory, format, values);
  assert.ok('text' in result, `errno for ${format}`);
  return result.text;
}

function errno(format: string, ...values: bigint[]): number {
  const result = formatPrintk(memory, format, values);
  assert.ok('errno' in result, `text for ${format}`);
  return result.errno;
}

describe('bpf_trace_printk', () => {
  test('integers: 32 bits without l, 64 with', () => {
    assert.equal(text('%d %u %x', -1n, -1n, -1n), '-1 4294967295 ffffffff');
    assert.equal(text('%ld %llu %lX', -1n, -1n, -1n), '-1 18446744073709551615 FFFFFFFFFFFFFFFF');
    assert.equal(text('%d', 0x1_0000_0002n), '2');
  });

  test('flags and widths', () => {
    assert.equal(text('[%5d][%-5d][%05d]', -42n, -42n, -42n), '[  -42][-42  ][-0042]');
    assert.equal(text('[%+d][%08x]', 7n, 0xabcn), '[+7][00000abc]');
  });

  test('percent sign, characters, strings and pointers', () => {
    memory.set(new TextEncoder().encode('tenant\0'), 16);
    assert.equal(text('100%% %c %s', 0x41n, 16n), '100% A tenant');
    assert.equal(text('%p', 0x1000n), '0000000000001000');
  });

  test('addresses', () => {
    memory.set([10, 0, 0, 1], 32);
    memory.set([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 48);
    assert.equal(text('%pI4 %pi4', 32n, 32n), '10.0.0.1 010.000.000.001');
    assert.equal(text('%pI6', 48n), '2001:0db8:0000:0000:0000:0000:0000:0001');
  });

  test('unknown conversions and a fourth one are EINVAL', () => {
    assert.equal(errno('%f', 1n), 22);
    assert.equal(errno('%', 1n), 22);
    assert.equal(errno('%d %d %d %d', 1n, 2n, 3n), 22);
  });

  test('the length counts what was cut off', () => {
    const long = 'x'.repeat(2000);
    const result = formatPrintk(memory, long, []);
    assert.ok('text' in result);
    assert.equal(result.length, 2000);
    assert.equal(result.text.length, 1023);
  });

  test('a format without NUL, or with bytes that are no text, is refused', () => {
    memory.fill(0x61, 64, 72);
    assert.equal(readFormat(memory, 64, 8), null);
    memory[70] = 0;
    assert.equal(readFormat(memory, 64, 8), 'aaaaaa');
    memory[65] = 0x80;
    assert.equal(readFormat(memory, 64, 8), null);
  });
});
