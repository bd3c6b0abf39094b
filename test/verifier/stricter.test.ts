import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { verify } from '#dist/shared/program/verifier/index.js';

/** SOCKET_FILTER. */
const TYPE = 1;

function verdict(source: string) {
  return verify({
    name: 'stricter',
    type: TYPE,
    gpl: true,
    mapsByFd: new Map(),
    insns: encode(assemble(source).insns),
  });
}

/**
 * Linux 6.18 keeps a scalar's identity when four spilled bytes are read back with sign extension. It then believes
 * that r6, 32 bits without a sign, is at most 0 where r7 is, and never looks at the load through r0.
 */
const SPILLED = (load: string) => `
  call get_prandom_u32
  r6 = r0
  w6 = w6
  *(u32 *)(r10 - 8) = r6
  r7 = *(${load} *)(r10 - 8)
  if r7 s> 0 goto end
  r0 = 0
  if r6 s< 2 goto end
  r0 = *(u8 *)(r0 + 0)
end:
  r0 = 0
  exit
`;

describe('where the kernel believes what is not so', () => {
  test('a sign-extended fill is not the scalar that was spilled', () => {
    const result = verdict(SPILLED('s32'));
    assert.ok(!result.ok);
    assert.deepEqual([result.code, result.message], ['EACCES', "R0 invalid mem access 'scalar'"]);
  });

  test('a zero-extended fill is', () => {
    const result = verdict(SPILLED('u32'));
    assert.ok(result.ok, result.ok ? '' : result.message);
  });

  test('a sign-extended fill of what has no sign is', () => {
    const result = verdict(SPILLED('s32').replace('w6 = w6', 'w6 &= 0xff'));
    assert.ok(result.ok, result.ok ? '' : result.message);
  });
});
