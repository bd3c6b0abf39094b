/** Map statements: look-ups and what can be done with a value, updates, deletions, direct values. */
import { MapType } from '#dist/shared/uapi.js';
import { Jump, Opcode, Pseudo } from '#dist/shared/program/insn/opcodes.js';
import type { Width } from './code.js';
import type { FuzzMap, Generator } from './generate.js';
import { atomic } from './memory.js';

const LOOKUP = 1;
const UPDATE = 2;
const DELETE = 3;
const FOR_EACH = 164;
/** Keys (16 bytes at most) and values (64 bytes) lie below the scalars and the counters. */
const KEY = -136;
const VALUE = -208;

export function mapStatement(generator: Generator): void {
  const { random } = generator;
  const index = random.below(generator.maps.length);
  const map = generator.maps[index] as FuzzMap;
  const choice = random.below(10);
  if (choice < 6) lookup(generator, index, map);
  else if (choice < 9) update(generator, index, map);
  else remove(generator, index, map);
}

/** A key that is there, as a rule, or one beyond. */
function writeKey({ code, random }: Generator, map: FuzzMap): void {
  for (let offset = 0; offset < map.keySize; offset += 4) code.storeImmediate(4, 10, KEY + offset, 0);
  code.storeImmediate(4, 10, KEY, random.below(map.maxEntries + 1));
  code.copy(2, 10);
  code.emit({ opcode: 0x07, dst: 2, imm: KEY });
}

function lookup(generator: Generator, index: number, map: FuzzMap): void {
  const { code, random } = generator;
  const end = code.label();
  writeKey(generator, map);
  code.loadMap(1, index);
  code.helper(LOOKUP, index);
  code.emitTo(end, 'offset', { opcode: 0x05 | Jump.JEQ, dst: 0, imm: 0 });
  const pointer = random.between(1, 5);
  code.copy(pointer, 0);
  generator.known = new Set();
  useValue(generator, pointer, map.valueSize);
  code.place(end);
  generator.known = new Set();
}

export function directValue(generator: Generator): void {
  const { code, random } = generator;
  const index = generator.maps.findIndex(({ type, maxEntries }) => type === MapType.ARRAY && maxEntries === 1);
  const map = generator.maps[index];
  if (map === undefined) return;
  const pointer = random.between(1, 5);
  const offset = 8 * random.below(map.valueSize / 8);
  code.loadValue(pointer, index, offset);
  generator.known = new Set();
  useValue(generator, pointer, map.valueSize - offset);
  generator.known = new Set();
}

/** Loads, stores and atomic operations on `size` bytes at a register. */
function useValue(generator: Generator, pointer: number, size: number): void {
  const { code, random } = generator;
  if (size >= 16 && random.chance(0.3)) moveWithin(generator, pointer, size);
  const reach = size >= 16 ? size / 2 : size;
  for (let count = random.between(1, 4); count > 0; count--) {
    const width = random.pick<Width>([1, 2, 4, 8]);
    const aligned = width * random.below(reach / width);
    const scalar = random.pick([7, 8]);
    const choice = random.below(8);
    if (choice < 2)
      code.load(width, scalar, pointer, random.below(reach - width + 1), width !== 8 && random.chance(0.4));
    else if (choice < 4) code.store(width, pointer, scalar, random.below(reach - width + 1));
    else if (choice < 5) code.storeImmediate(width, pointer, random.below(reach - width + 1), random.immediate());
    else {
      generator.known = new Set();
      atomic(generator, pointer, aligned, width);
    }
  }
}

/** Add a bounded number to the pointer: a multiple of 8 in the first half. */
function moveWithin({ code, random }: Generator, pointer: number, size: number): void {
  const offset = pointer === 5 ? 4 : pointer + 1;
  code.copy(offset, random.pick([7, 8]));
  code.emit({ opcode: 0x57, dst: offset, imm: size / 2 - 8 });
  code.emit({ opcode: 0x0f, dst: pointer, src: offset });
}

function update(generator: Generator, index: number, map: FuzzMap): void {
  const { code, random } = generator;
  writeKey(generator, map);
  for (let offset = 0; offset < map.valueSize; offset += 8) {
    if (random.chance(0.5)) code.store(8, 10, random.pick([7, 8]), VALUE + offset);
    else code.storeImmediate(8, 10, VALUE + offset, random.immediate());
  }
  code.copy(3, 10);
  code.emit({ opcode: 0x07, dst: 3, imm: VALUE });
  code.mov(4, random.pick([0, 0, 1, 2, 3, 5]));
  code.loadMap(1, index);
  code.helper(UPDATE, index);
  generator.called();
}

function remove(generator: Generator, index: number, map: FuzzMap): void {
  const { code } = generator;
  writeKey(generator, map);
  code.loadMap(1, index);
  code.helper(DELETE, index);
  generator.called();
}

/** bpf_for_each_map_elem: a callback over every element. */
export function visitMap(generator: Generator): void {
  const { code, random } = generator;
  if (generator.loops > 0 || generator.functions.length > 2) return;
  const index = random.below(generator.maps.length);
  const label = code.label();
  const type = generator.maps[index]?.type;
  const ordered = type === MapType.ARRAY || type === MapType.PERCPU_ARRAY;
  generator.functions.push({ label, kind: 'visitor', level: 2, ordered });
  code.loadMap(1, index);
  code.emitTo(label, 'imm', { opcode: Opcode.LOAD_IMMEDIATE, dst: 2, src: Pseudo.FUNCTION });
  code.copy(3, 10);
  code.emit({ opcode: 0x07, dst: 3, imm: -8 });
  code.mov(4, random.chance(0.1) ? 1 : 0);
  code.helper(FOR_EACH, index);
  generator.called();
}
