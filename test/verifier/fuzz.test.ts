import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openKernel } from '#dist/cli/kernel/index.js';
import { Generator } from './fuzz/generate/index.js';
import { Peers } from './fuzz/peer.js';

const FIRST_SEED = 20_000;
const PROGRAMS = 120;
/** Descriptors that a mutation makes up may be open in one of the two and not in the other. */
const OWN_WORLD = /is not pointing to valid bpf_map|btf_id|BTF id/;

describe('generated programs near the border of safe', () => {
  const kernel = openKernel();
  const skip = kernel.unavailable ?? false;

  test(`${PROGRAMS} programs: verdict, errno and final message are the live kernel's`, { skip }, () => {
    if (kernel.unavailable !== undefined) return;
    const peers = new Peers(kernel);
    let accepted = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const program = new Generator(seed, peers.fds).program();
      const there = peers.kernel(program);
      if (OWN_WORLD.test(there.message)) continue;
      const here = peers.here(program);
      if (there.errno === 0) accepted++;
      assert.equal(here.errno, there.errno, `seed ${seed}: kernel ${there.message}, here ${here.message}`);
      assert.equal(here.message, there.message, `seed ${seed}`);
    }
    assert.ok(accepted > PROGRAMS * 0.3 && accepted < PROGRAMS * 0.7, `${accepted} accepted`);
    kernel[Symbol.dispose]();
  });

  test('a program is made again from its seed', () => {
    const fds = new Map([['array', 5]]);
    const [a, b] = [new Generator(7, fds).program(), new Generator(7, fds).program()];
    assert.deepEqual(a, b);
  });
});
