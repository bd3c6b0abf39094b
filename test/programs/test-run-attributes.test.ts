import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planTest, type TestPlan, type TestRunAttributes, writeOutputs } from '#dist/api/programs/test-run.js';

const XDP = 6;
const PERF_EVENT = 7;
const OUTCOME = {
  r0: 2n,
  data: Uint8Array.from({ length: 20 }, (_, index) => index),
  duration: 31,
  fragments: 0,
  context: null,
};
const PLAN: TestPlan = { type: XDP, data: new Uint8Array(20), context: null, repeat: 1 };

function refused(attributes: Partial<TestRunAttributes>, code: string, message: RegExp, type = XDP): void {
  const given = { prog_fd: 3, data_in: new Uint8Array(64), ...attributes };
  assert.throws(() => planTest(given, type), { code, message });
}

describe('attributes of PROG_TEST_RUN', () => {
  test('the packet is data_size_in bytes of data_in', () => {
    assert.equal(planTest({ prog_fd: 3, data_in: new Uint8Array(64) }, XDP).data.length, 64);
    assert.equal(planTest({ prog_fd: 3, data_in: new Uint8Array(64), data_size_in: 14 }, XDP).data.length, 14);
  });

  test('each refusal names its attribute', () => {
    refused({ data_size_in: 13 }, 'EINVAL', /data_size_in/);
    refused({ data_in: null }, 'EINVAL', /data_size_in/);
    refused({ data_in: new Uint8Array(65_536) }, 'ENOMEM', /data_size_in/);
    refused({ data_in: null, data_size_in: 64 }, 'EFAULT', /data_in/);
    refused({ data_size_in: 65 }, 'EFAULT', /data_in/);
    refused({ flags: 1 }, 'EINVAL', /flags/);
    refused({ flags: 2 }, 'ENOTSUPP', /live frames/);
    refused({ batch_size: 1 }, 'EINVAL', /batch_size/);
    refused({ ctx_in: new Uint8Array(24).fill(1) }, 'EINVAL', /data_meta/);
    refused({}, 'ENOTSUPP', /type 7/, PERF_EVENT);
    refused({}, 'ENOTSUPP', /FLOW_DISSECTOR|type 22/, 22);
  });

  test('outputs are written in place', () => {
    const out = new Uint8Array(32).fill(0xee);
    const attributes: TestRunAttributes = { prog_fd: 3, data_in: null, data_out: out };
    writeOutputs(attributes, PLAN, OUTCOME);
    assert.deepEqual(out.subarray(0, 20), OUTCOME.data);
    assert.ok(out.subarray(20).every((byte) => byte === 0xee));
    assert.deepEqual([attributes.data_size_out, attributes.retval, attributes.duration], [20, 2, 31]);
  });

  test('a data_out that is too small gets what fits, then ENOSPC; the other outputs are there', () => {
    for (const room of [{ data_out: new Uint8Array(8) }, { data_out: new Uint8Array(32), data_size_out: 8 }]) {
      const attributes: TestRunAttributes = { prog_fd: 3, data_in: null, ...room };
      assert.throws(() => writeOutputs(attributes, PLAN, OUTCOME), { code: 'ENOSPC' });
      assert.deepEqual(room.data_out.subarray(0, 8), OUTCOME.data.subarray(0, 8));
      assert.ok(room.data_out.subarray(8).every((byte) => byte === 0));
      assert.deepEqual([attributes.data_size_out, attributes.retval, attributes.duration], [20, 2, 31]);
    }
  });

  test('without data_out the sizes are still given', () => {
    const attributes: TestRunAttributes = { prog_fd: 3, data_in: null };
    writeOutputs(attributes, PLAN, OUTCOME);
    assert.equal(attributes.data_size_out, 20);
  });
});
