/**
 * Damaged objects: always an ObjectError with a code, never another error, a hang or a huge allocation.
 * 2,000 inputs; INNERMAP_FUZZ=100000 for the long run, INNERMAP_SEED for another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectError, readObject } from '#dist/shared/object/index.js';
import { CoreRelocator } from '#dist/shared/object/core/relocate.js';
import { readTargetBtf } from '#dist/shared/object/core/target.js';
import { typesOf } from '#dist/shared/object/types-of.js';
import { randomOf } from './btf/samples.js';
import { fixture, fixtures } from './fixtures.js';
import { HANGS } from '../timing.js';

const INPUTS = Number(process.env['INNERMAP_FUZZ'] ?? 2000);
const SEED = Number(process.env['INNERMAP_SEED'] ?? 1);

type Random = (below: number) => number;

const HUGE = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8, 64, 1 << 24];

/** What is done to the bytes; each may be done several times. */
const DAMAGES: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  flipBit,
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  writeWord,
  damageHeaders,
  copyRange,
];

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length);
  bytes[at] = bytes[at]! ^ (1 << random(8));
  return bytes;
}

/** A huge or odd number at a word's place. */
function writeWord(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 8) return bytes;
  const at = random(Math.floor(bytes.length / 4) - 1) * 4;
  new DataView(bytes.buffer).setUint32(at, HUGE[random(HUGE.length)]!, true);
  return bytes;
}

/** The section headers stand at the end, where few random places fall. */
function damageHeaders(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 64) return bytes;
  const view = new DataView(bytes.buffer);
  const table = Number(view.getBigUint64(40, true));
  if (table + 64 > bytes.length) return bytes;
  const at = table + random(Math.floor((bytes.length - table) / 4)) * 4;
  view.setUint32(at, random(2) === 0 ? HUGE[random(HUGE.length)]! : random(bytes.length), true);
  return bytes;
}

function copyRange(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random(bytes.length);
  bytes.copyWithin(random(bytes.length), from, from + random(64));
  return bytes;
}

function tryOne(bytes: Uint8Array, target: ReturnType<typeof readTargetBtf>): 'read' | 'refused' {
  try {
    const spec = readObject(bytes);
    typesOf(spec);
    const relocator = spec.btf && new CoreRelocator(spec.btf, target);
    for (const program of Object.values(spec.programs)) relocator?.relocate(program);
    return 'read';
  } catch (error) {
    if (error instanceof ObjectError && /^ERR_INNERMAP_OBJECT_/.test(error.code)) return 'refused';
    throw error;
  }
}

test(`${INPUTS} damaged objects are read or refused, and nothing else`, () => {
  const random = randomOf(SEED);
  const objects = fixtures().filter(({ file }) => /19\.v3|14\.v2/.test(file) && !file.includes('dwarf'));
  const target = readTargetBtf(fixture('core-target.clang19.v3'));
  const seen = { read: 0, refused: 0 };
  for (let input = 0; input < INPUTS; input++) {
    const { bytes: whole, file } = objects[random(objects.length)]!;
    let bytes: Uint8Array = whole.slice();
    for (let left = 1 + random(4); left > 0 && bytes.length > 0; left--)
      bytes = DAMAGES[random(DAMAGES.length)]!(bytes, random);
    const before = performance.now();
    try {
      seen[tryOne(bytes, target)]++;
    } catch (error) {
      throw new Error(
        `input ${input} of seed ${SEED}, made of ${file}: ${error instanceof Error ? error.stack : error}`,
        { cause: error },
      );
    }
    const took = performance.now() - before;
    assert.ok(took < HANGS, `input ${input} of seed ${SEED}, made of ${file}: took ${took} ms`);
  }
  assert.ok(seen.refused > INPUTS / 4 && seen.read > INPUTS / 50, JSON.stringify(seen));
});

test('a target BTF that is damaged is refused in the same way', () => {
  const random = randomOf(SEED + 1);
  const whole = fixture('core-target.clang19.v3');
  let refused = 0;
  for (let input = 0; input < 500; input++) {
    const bytes = DAMAGES[random(DAMAGES.length)]!(whole.slice(), random);
    try {
      readTargetBtf(bytes);
    } catch (error) {
      assert.ok(error instanceof ObjectError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 50, `${refused} were refused`);
});
