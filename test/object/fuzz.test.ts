/**
 * Damaged objects, BTF and captures: always an error of the reader's own kind, never another one, a hang, or an allocation
 * that fails. 2,000 inputs for each reader; INNERMAP_FUZZ=100000 for the long run, INNERMAP_SEED for another one.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PcapError, readPcap } from '#dist/cli/pcap/reader.js';
import { ObjectError, readObject } from '#dist/shared/object/index.js';
import { CoreRelocator } from '#dist/shared/object/core/relocate.js';
import { readTargetBtf } from '#dist/shared/object/core/target.js';
import { readElf, readSymbols, relocatedData, sectionNamed } from '#dist/shared/object/elf/index.js';
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

type Outcome = 'read' | 'refused';

/** What a reader makes of bytes: an error that is not of its own kind is one of the reader. */
function outcomeOf(read: () => void, isRefusal: (error: unknown) => boolean): Outcome {
  try {
    read();
    return 'read';
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
}

const isObjectError = (error: unknown) => error instanceof ObjectError && /^ERR_INNERMAP_OBJECT_/.test(error.code);

interface Campaign {
  /** Sound inputs, which are damaged. */
  readonly samples: readonly { readonly file: string; readonly bytes: Uint8Array }[];
  readonly seed: number;
  readonly outcome: (bytes: Uint8Array) => Outcome;
}

/** Damage samples and read them. Says how many were read and refused, how fast, and how long the slowest took. */
function campaign(context: TestContext, { samples, seed, outcome }: Campaign): Readonly<Record<Outcome, number>> {
  const random = randomOf(seed);
  const seen = { read: 0, refused: 0 };
  const begin = performance.now();
  let slowest = 0;
  for (let input = 0; input < INPUTS; input++) {
    const { bytes: whole, file } = samples[random(samples.length)]!;
    let bytes: Uint8Array = whole.slice();
    for (let left = 1 + random(4); left > 0 && bytes.length > 0; left--)
      bytes = DAMAGES[random(DAMAGES.length)]!(bytes, random);
    const before = performance.now();
    try {
      seen[outcome(bytes)]++;
    } catch (error) {
      const what = error instanceof Error ? error.stack : error;
      throw new Error(`input ${input} of seed ${seed}, made of ${file}: ${what}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - before);
    assert.ok(slowest < HANGS, `input ${input} of seed ${seed}, made of ${file}: took ${slowest} ms`);
  }
  const seconds = (performance.now() - begin) / 1000;
  context.diagnostic(
    `${INPUTS} inputs in ${seconds.toFixed(1)} s (${(INPUTS / seconds).toFixed(0)} a second, the slowest ${slowest.toFixed(1)} ms): ${seen.read} read, ${seen.refused} refused`,
  );
  return seen;
}

test('damaged objects are read or refused, and nothing else', (context) => {
  const target = readTargetBtf(fixture('core-target.clang19.v3'));
  const samples = fixtures().filter(({ file }) => /19\.v3|14\.v2/.test(file) && !file.includes('dwarf'));
  const read = (bytes: Uint8Array) => {
    const spec = readObject(bytes);
    typesOf(spec);
    const relocator = spec.btf && new CoreRelocator(spec.btf, target);
    for (const program of Object.values(spec.programs)) relocator?.relocate(program);
  };
  const outcome = (bytes: Uint8Array) => outcomeOf(() => read(bytes), isObjectError);
  const { refused, read: sound } = campaign(context, { samples, seed: SEED, outcome });
  assert.ok(refused > INPUTS / 4 && sound > INPUTS / 50, `${refused} refused, ${sound} read`);
});

test('damaged BTF is read or refused, as a blob of its own or of an object', (context) => {
  const object = fixture('core-target.clang19.v3');
  const blob = btfOf(object);
  const samples = [
    { file: 'core-target.clang19.v3', bytes: object },
    { file: 'its .BTF', bytes: blob },
  ];
  const outcome = (bytes: Uint8Array) => outcomeOf(() => readTargetBtf(bytes), isObjectError);
  const { refused, read } = campaign(context, { samples, seed: SEED + 1, outcome });
  assert.ok(refused > INPUTS / 10 && read > INPUTS / 50, `${refused} refused, ${read} read`);
});

test('damaged captures are read or refused', (context) => {
  const traffic = new Uint8Array(
    readFileSync(new URL('../../../examples/load-balancer/traffic.pcap', import.meta.url)),
  );
  const head = firstPackets(traffic, 40);
  const samples = [
    { file: 'traffic.pcap', bytes: head },
    { file: 'traffic.pcap, swapped', bytes: swapped(head.slice()) },
  ];
  const read = (bytes: Uint8Array) => {
    const { packets } = readPcap(bytes);
    const length = packets.reduce((sum, { data }) => sum + data.length + 16, 24);
    assert.equal(length, bytes.length, 'packets lie in the file, one behind the other');
  };
  const outcome = (bytes: Uint8Array) =>
    outcomeOf(
      () => read(bytes),
      (error) => error instanceof PcapError,
    );
  const { refused, read: sound } = campaign(context, { samples, seed: SEED + 2, outcome });
  assert.ok(refused > INPUTS / 10 && sound > INPUTS / 50, `${refused} refused, ${sound} read`);
});

/** Bytes of the section .BTF. */
function btfOf(object: Uint8Array): Uint8Array {
  const elf = readElf(object);
  const section = sectionNamed(elf, '.BTF');
  assert.ok(section);
  return relocatedData(elf, readSymbols(elf), section).slice();
}

function firstPackets(capture: Uint8Array, count: number): Uint8Array {
  const view = new DataView(capture.buffer);
  let end = 24;
  for (let packet = 0; packet < count; packet++) end += 16 + view.getUint32(end + 8, true);
  return capture.slice(0, end);
}

/** A capture as a machine of the other byte order writes it. */
function swapped(capture: Uint8Array): Uint8Array {
  const view = new DataView(capture.buffer);
  const swap32 = (at: number) => view.setUint32(at, view.getUint32(at, true), false);
  for (const at of [0, 8, 12, 16, 20]) swap32(at);
  for (const at of [4, 6]) view.setUint16(at, view.getUint16(at, true), false);
  for (let at = 24; at + 16 <= capture.length; ) {
    const length = view.getUint32(at + 8, true);
    for (const field of [0, 4, 8, 12]) swap32(at + field);
    at += 16 + length;
  }
  return capture;
}
