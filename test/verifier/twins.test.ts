import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openKernel } from '#dist/cli/kernel/index.js';
import { Errno, type ErrnoName } from '#dist/shared/errno.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { verify } from '#dist/shared/program/verifier/index.js';
import { FUZZ_MAPS, programMap } from './fuzz/maps.js';
import { Peers } from './fuzz/peer.js';
import { TWINS } from './twins.js';

const FIRST_FD = 100;

function bytes(source: string, fds: ReadonlyMap<string, number>): Uint8Array {
  return encode(assemble(source, { maps: Object.fromEntries(fds) }).insns);
}

describe('a safe program is accepted and its twin refused', () => {
  const fds = new Map<string, number>();
  const maps = new Map<string, ProgramMap>();
  const mapsByFd = new Map<number, ProgramMap>();
  FUZZ_MAPS.forEach((map, index) => {
    const here = programMap(map, index + 1, maps);
    maps.set(map.key, here);
    fds.set(map.key, FIRST_FD + index);
    mapsByFd.set(FIRST_FD + index, here);
  });
  for (const { name, type, accepted, refused, code, message } of TWINS) {
    test(name, () => {
      const input = { name: 'twin', type, gpl: true, mapsByFd };
      const good = verify({ ...input, insns: bytes(accepted, fds) });
      assert.ok(good.ok, good.ok ? '' : good.message);
      const bad = verify({ ...input, insns: bytes(refused, fds), logLevel: 1 });
      assert.ok(!bad.ok);
      assert.deepEqual({ code: bad.code, message: bad.message }, { code, message });
      assert.ok(bad.log.includes(message));
      assert.equal(bad.explanation.reason, message);
    });
  }
});

describe('the live kernel judges the twins alike', () => {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    test('kernel', { skip: kernel.unavailable }, () => {});
    return;
  }
  const peers = new Peers(kernel);
  for (const { name, type, accepted, refused, code, message } of TWINS) {
    test(name, () => {
      assert.equal(peers.kernel({ type, insns: bytes(accepted, peers.fds), flags: 0 }).errno, 0);
      const bad = peers.kernel({ type, insns: bytes(refused, peers.fds), flags: 0 });
      assert.deepEqual({ errno: bad.errno, message: bad.message }, { errno: Errno[code as ErrnoName], message });
    });
  }
});
