import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  checkLoadAttributes,
  instructionBytes,
  type ProgramLoadAttributes,
  programName,
} from '#dist/api/programs/attributes.js';

/** r0 = 0; exit */
const INSNS = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const GOOD: ProgramLoadAttributes = { prog_type: 6, insns: INSNS, license: 'GPL' };

function refused(change: Partial<ProgramLoadAttributes>, code: string, message: RegExp): void {
  assert.throws(() => checkLoadAttributes({ ...GOOD, ...change }), { code, message });
}

describe('attributes of PROG_LOAD', () => {
  test('what is right passes', () => {
    checkLoadAttributes(GOOD);
    checkLoadAttributes({ ...GOOD, prog_name: 'a_name.15_chars', prog_flags: 0x8f, insn_cnt: 1 });
    checkLoadAttributes({ ...GOOD, prog_flags: 0x20 });
    // The kernel takes the flags of XDP for every type.
    checkLoadAttributes({ ...GOOD, prog_type: 3, prog_flags: 0x60 });
  });

  test('each refusal names its attribute', () => {
    refused({ prog_flags: 0x100 }, 'EINVAL', /prog_flags/);
    refused({ insns: new Uint8Array(0) }, 'E2BIG', /insn_cnt/);
    refused({ insn_cnt: 0 }, 'E2BIG', /insn_cnt/);
    refused({ insn_cnt: 1_000_001 }, 'E2BIG', /insn_cnt/);
    refused({ insn_cnt: 3 }, 'EFAULT', /insns/);
    refused({ insns: null, insn_cnt: 2 }, 'EFAULT', /insns/);
    refused({ license: null }, 'EFAULT', /license/);
    refused({ prog_type: 0 }, 'EINVAL', /prog_type/);
    refused({ prog_type: 77 }, 'EINVAL', /prog_type/);
    refused({ prog_type: 31, expected_attach_type: 1 }, 'EINVAL', /expected_attach_type/);
    refused({ prog_name: 'sixteen_chars_16' }, 'EINVAL', /prog_name/);
    refused({ prog_name: 'with space' }, 'EINVAL', /prog_name/);
  });

  test('what the kernel could do and this library cannot says what is missing', () => {
    refused({ prog_type: 26 }, 'ENOTSUPP', /program type TRACING/);
    refused({ attach_btf_id: 3 }, 'ENOTSUPP', /BTF/);
  });

  test('insn_cnt limits the instructions, and a name ends at its NUL', () => {
    assert.equal(instructionBytes({ ...GOOD, insn_cnt: 1 }).length, 8);
    assert.equal(programName(Uint8Array.from([0x61, 0x62, 0, 0x63])), 'ab');
    assert.equal(programName(undefined), '');
  });
});
