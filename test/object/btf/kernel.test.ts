/** BTF_LOAD of the live kernel against `checkBtf()`, over blobs with small damages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BtfError, checkBtf } from '#dist/shared/object/btf/index.js';
import { Errno } from '#dist/shared/errno.js';
import { openLibc } from '../../../bench/kernel/libc.js';
import { everyKind, randomOf, valueWith } from './samples.js';

const ROUNDS = Number(process.env['INNERMAP_BTF_ROUNDS'] ?? 3000);
const BTF_LOAD = 18;

interface Kernel {
  /** 0 or a positive errno. */
  load(bytes: Uint8Array): number;
}

function openKernel(): Kernel | string {
  const libc = openLibc();
  if ('unavailable' in libc) return libc.unavailable;
  const load = (bytes: Uint8Array): number => {
    const attributes = new Uint8Array(40);
    const view = new DataView(attributes.buffer);
    view.setBigUint64(0, libc.address(bytes), true);
    view.setUint32(16, bytes.length, true);
    const result = libc.bpf(BTF_LOAD, attributes);
    if (result >= 0) libc.close(result);
    return Math.max(0, -result);
  };
  const usable = load(everyKind().build());
  return usable === 0 ? { load } : `BTF_LOAD of a plain blob gives errno ${usable}: no rights, or an older kernel`;
}

const kernel = openKernel();
const skip = typeof kernel === 'string' ? kernel : false;

/** Our errno, and our reason for it. */
function ours(bytes: Uint8Array): readonly [errno: number, reason: string] {
  try {
    checkBtf(bytes);
    return [0, 'fine'];
  } catch (error) {
    if (error instanceof BtfError) return [Errno[error.errno], error.message];
    throw error;
  }
}

/** With two damages, which one is met first may differ: then only that both refuse is compared. */
function same(bytes: Uint8Array, what: string, damages = 1): number {
  const theirs = (kernel as Kernel).load(bytes);
  const [errno, reason] = ours(bytes);
  const blob = Buffer.from(bytes).toString('hex');
  const agree = damages === 1 ? errno === theirs : (errno === 0) === (theirs === 0);
  assert.ok(agree, `${what}: the kernel gives ${theirs}, checkBtf() ${errno}: ${reason}\n${blob}`);
  return errno;
}

test('special fields are judged as the kernel judges them', { skip }, () => {
  for (const [name, size] of [
    ['bpf_spin_lock', 4],
    ['bpf_timer', 16],
    ['bpf_wq', 16],
    ['bpf_other', 16],
  ] as const) {
    for (const offset of [4, 5, 6, 8, 12, 16]) same(valueWith(name, size, offset).build(), `${name} at ${offset}`);
    same(valueWith(name, size, 8, [['second', 32]]).build(), `two ${name}`);
    same(valueWith(name, 24, 8).build(), `${name} of another size`);
  }
});

test('damaged words are judged as the kernel judges them', { skip }, () => {
  const whole = everyKind().build();
  const random = randomOf(1);
  const refused = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = whole.slice();
    const view = new DataView(bytes.buffer);
    const count = 1 + random(2);
    for (let change = 0; change < count; change++) {
      const at = random(bytes.length / 4 - 1) * 4;
      const word = view.getUint32(at, true);
      const choices = [
        word + 1,
        word - 1,
        word ^ (1 << random(32)),
        0,
        random(40),
        word + (random(5) << 24),
        0xffff_ffff,
        word + 12,
      ];
      view.setUint32(at, choices[random(choices.length)]! >>> 0, true);
    }
    const errno = same(bytes, `round ${round}`, count);
    refused.set(errno, (refused.get(errno) ?? 0) + 1);
  }
  assert.ok((refused.get(0) ?? 0) > ROUNDS / 50, 'some damages are harmless');
  assert.ok((refused.get(Errno.EINVAL) ?? 0) > ROUNDS / 10, 'many damages are refused');
});
