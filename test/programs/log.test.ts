import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLogAttributes, LoadLog } from '#dist/api/programs/log.js';

function textOf(buffer: Uint8Array): string {
  return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
}

test('a log that fits is NUL-terminated and says how much room it took', () => {
  const buffer = new Uint8Array(16).fill(0xff);
  const log = new LoadLog({ log_level: 1, log_buf: buffer, log_size: 16 });
  log.append('hello\n');
  assert.deepEqual(log.finish(), { trueSize: 7, truncated: false });
  assert.equal(textOf(buffer), 'hello\n');
});

test('a log that is too long keeps its end, or its beginning with BPF_LOG_FIXED', () => {
  for (const [level, kept] of [
    [1, '789\n'],
    [1 | 8, '0123'],
  ] as const) {
    const buffer = new Uint8Array(5);
    const log = new LoadLog({ log_level: level, log_buf: buffer, log_size: 5 });
    log.append('0123456789\n');
    assert.deepEqual(log.finish(), { trueSize: 12, truncated: true });
    assert.equal(textOf(buffer), kept);
  }
});

test('log attributes that contradict each other are named', () => {
  const buffer = new Uint8Array(8);
  assert.equal(checkLogAttributes({}), null);
  assert.equal(checkLogAttributes({ log_level: 1 }), null);
  assert.equal(checkLogAttributes({ log_level: 2, log_buf: buffer, log_size: 8 }), null);
  assert.match(checkLogAttributes({ log_level: 16 }) ?? '', /^log_level/);
  assert.match(checkLogAttributes({ log_level: 1, log_size: 8 }) ?? '', /^log_buf/);
  assert.match(checkLogAttributes({ log_level: 1, log_buf: buffer, log_size: 0 }) ?? '', /^log_size/);
  assert.match(checkLogAttributes({ log_level: 0, log_buf: buffer, log_size: 8 }) ?? '', /^log_level/);
  assert.match(checkLogAttributes({ log_level: 1, log_buf: buffer, log_size: 9 }) ?? '', /only 8 bytes/);
});
