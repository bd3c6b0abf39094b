import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perfEventViolation } from '#dist/api/programs/perf-event.js';

const HASH = 1;
const HASH_OF_MAPS = 13;
const NO_PREALLOC = 1;

test('4.12: PERF_EVENT programs take preallocated hash maps only, and the message names the map', () => {
  assert.equal(perfEventViolation([{ id: 1, name: 'fine', type: HASH, flags: 0 }]), null);
  assert.match(
    perfEventViolation([{ id: 7, name: 'counts', type: HASH, flags: NO_PREALLOC }]) ?? '',
    /"counts" \(id 7\)/,
  );
});

test('4.12: the template of an outer map counts as well', () => {
  const outer = { id: 8, name: 'tenants', type: HASH_OF_MAPS, flags: 0 };
  assert.equal(perfEventViolation([{ ...outer, template: { type: HASH, flags: 0 } }]), null);
  const violation = perfEventViolation([{ ...outer, template: { type: HASH, flags: NO_PREALLOC } }]) ?? '';
  assert.match(violation, /template/);
  assert.match(violation, /"tenants" \(id 8\)/);
});
