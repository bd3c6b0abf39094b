/**
 * Programs near the border of safe. A program is a row of segments, each a small idiom (a bounds check, a look-up, a
 * spill) whose constants are sometimes off by one, whose checks are sometimes missing, and whose widths are
 * sometimes wrong. The generator keeps a rough idea of what each register holds.
 */
import { Code } from './code.js';
import { Random } from './random.js';

type Held = 'none' | 'scalar' | 'bounded' | 'value' | 'packet' | 'record';

export interface Generated {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly flags: number;
}

const SIZES = [1, 2, 4, 8] as const;
const LOAD = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 } as const;
const LOAD_SIGNED = { 1: 0x91, 2: 0x89, 4: 0x81, 8: 0x79 } as const;
const STORE = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b } as const;
const STORE_IMM = { 1: 0x72, 2: 0x6a, 4: 0x62, 8: 0x7a } as const;
type Size = (typeof SIZES)[number];

const XDP = 6;
const TYPES = [1, 3, 6, 17];
const VALUE_SIZE: Readonly<Record<string, number>> = {
  array: 48,
  hash: 24,
  small: 8,
  percpu: 16,
  lru: 16,
  readonly: 16,
  writeonly: 16,
};
const JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];
const KEPT = [7, 8, 9];
const INTERESTING = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 47, 48, 63, 64, 127, 128, 255, 256, 511, 1023, 65535, 0x7fffffff, -1, -2, -8, -128,
  -0x80000000,
];

export class Generator {
  readonly #random: Random;
  readonly #fds: ReadonlyMap<string, number>;
  readonly #segments: number;
  #code = new Code();
  #type = 1;
  #held: Held[] = [];
  /** For pointers: bytes that may be accessed. */
  #room: number[] = [];
  #slots = new Set<number>();
  #functions: string[] = [];
  #exit = '';
  #depth = 0;

  /** `segments`: at most so many idioms a program. */
  constructor(seed: number, fds: ReadonlyMap<string, number>, segments = 7) {
    this.#segments = segments;
    this.#random = new Random(seed);
    this.#fds = fds;
  }

  program(): Generated {
    const r = this.#random;
    this.#type = r.pick(TYPES);
    this.#code = new Code();
    this.#exit = 'exit';
    this.#held = new Array<Held>(11).fill('none');
    this.#room = new Array<number>(11).fill(0);
    this.#code.emit(0xbf, 6, 1);
    for (const register of KEPT) this.#unknown(register);
    const count = r.between(1, this.#segments);
    for (let i = 0; i < count; i++) this.#segment();
    this.#code.label('exit');
    this.#code.emit(0xb7, 0, 0, 0, r.below(3));
    this.#code.emit(0x95);
    while (this.#functions.length > 0) this.#function(this.#functions.pop() as string);
    const insns = this.#code.bytes();
    if (r.chance(22)) this.#mutate(insns);
    return { type: this.#type, insns, flags: r.chance(4) ? 1 : 0 };
  }

  /** Change one field of one instruction. */
  #mutate(insns: Uint8Array): void {
    const r = this.#random;
    const at = r.below(insns.length / 8) * 8;
    const view = new DataView(insns.buffer);
    switch (r.below(6)) {
      case 0:
        view.setInt16(at + 2, view.getInt16(at + 2, true) + r.pick([-8, -4, -1, 1, 2, 4, 8]), true);
        return;
      case 1:
        view.setInt32(at + 4, view.getInt32(at + 4, true) + r.pick([-8, -1, 1, 8]), true);
        return;
      case 2:
        insns[at] = (insns[at] as number) ^ (1 << r.below(8));
        return;
      case 3:
        insns[at + 1] = ((insns[at + 1] as number) & 0xf0) | r.below(11);
        return;
      case 4:
        insns[at + 1] = ((insns[at + 1] as number) & 0x0f) | (r.below(11) << 4);
        return;
      default:
        view.setInt32(at + 4, r.pick(INTERESTING), true);
    }
  }

  #segment(): void {
    const r = this.#random;
    const pickable: (() => void)[] = [
      () => this.#arithmetic(),
      () => this.#arithmetic(),
      () => this.#checkedScalar(),
      () => this.#checkedScalar(),
      () => this.#lookup(),
      () => this.#lookup(),
      () => this.#valueAccess(),
      () => this.#valueAccess(),
      () => this.#stack(),
      () => this.#spillPart(),
      () => this.#variableStack(),
      () => this.#branch(),
      () => this.#branch(),
      () => this.#linked(),
      () => this.#atomic(),
      () => this.#outer(),
      () => this.#helper(),
      () => this.#context(),
      () => this.#direct(),
    ];
    if (this.#type === 3 || this.#type === XDP) {
      pickable.push(
        () => this.#packet(),
        () => this.#packet(),
        () => this.#packetVariable(),
        () => this.#meta(),
      );
    }
    if (this.#type === 1 || this.#type === 3) pickable.push(() => this.#absolute());
    if (this.#depth < 2)
      pickable.push(
        () => this.#loop(),
        () => this.#call(),
      );
    r.pick(pickable)();
  }

  /** A small error now and then. */
  #near(value: number, percent = 7): number {
    const r = this.#random;
    return r.chance(percent) ? value + r.pick([-1, 1, 1, 2, 8, -8]) : value;
  }

  #size(): Size {
    return this.#random.pick(SIZES);
  }

  #kept(): number {
    return this.#random.pick(KEPT);
  }

  #scalarRegister(): number {
    const found = KEPT.filter((register) => this.#held[register] === 'scalar' || this.#held[register] === 'bounded');
    if (found.length > 0 && !this.#random.chance(2)) return this.#random.pick(found);
    const register = this.#kept();
    if (!this.#random.chance(3)) this.#unknown(register);
    return register;
  }

  /** A number that the verifier cannot know. */
  #unknown(register: number): void {
    const r = this.#random;
    if (r.chance(40) && (this.#type === 1 || this.#type === 3)) {
      this.#code.emit(0x61, register, 6, 0, 0);
    } else if (r.chance(15)) {
      this.#code.emit(0xb7, register, 0, 0, r.pick(INTERESTING));
    } else {
      this.#code.emit(0x85, 0, 0, 0, r.pick([7, 7, 5, 8]));
      this.#code.emit(0xbf, register, 0);
    }
    this.#held[register] = 'scalar';
  }

  #arithmetic(): void {
    const r = this.#random;
    const count = r.between(1, 4);
    for (let i = 0; i < count; i++) {
      const dst = this.#scalarRegister();
      const kind = r.chance(40) ? 4 : 7;
      const code = r.pick([
        0x00, 0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xc0, 0x30, 0x90, 0x80, 0xb0, 0xd0, 0x50, 0x00,
      ]);
      this.#operate(kind, code, dst);
      this.#held[dst] = 'scalar';
    }
  }

  #operate(kind: number, code: number, dst: number): void {
    const r = this.#random;
    const shift = code === 0x60 || code === 0x70 || code === 0xc0;
    if (code === 0x80) {
      this.#code.emit(kind | code, dst);
    } else if (code === 0xd0) {
      this.#code.emit(r.pick([0xd4, 0xdc, 0xd7]), dst, 0, 0, r.pick([16, 32, 64]));
    } else if (code === 0xb0 && r.chance(50)) {
      this.#code.emit(
        kind | code | 8,
        dst,
        this.#scalarRegister(),
        kind === 7 ? r.pick([0, 8, 16, 32]) : r.pick([0, 8, 16]),
      );
    } else if (!shift && r.chance(35)) {
      this.#code.emit(
        kind | code | 8,
        dst,
        this.#scalarRegister(),
        (code === 0x30 || code === 0x90) && r.chance(30) ? 1 : 0,
      );
    } else {
      const imm = shift ? r.below(kind === 7 ? 64 : 32) : r.chance(60) ? r.pick(INTERESTING) : r.below(256);
      const zero = (code === 0x30 || code === 0x90) && imm === 0;
      this.#code.emit(kind | code, dst, 0, 0, zero && !r.chance(5) ? 3 : imm);
    }
  }

  /** Bring a scalar into a range, by one of the usual ways. */
  #bound(register: number, limit: number): void {
    const r = this.#random;
    const narrow = r.chance(30);
    const jump = narrow ? 6 : 5;
    switch (r.below(7)) {
      case 0:
        this.#code.emit(narrow ? 0x54 : 0x57, register, 0, 0, Math.max(0, (1 << Math.floor(Math.log2(limit + 1))) - 1));
        break;
      case 1:
        this.#code.jump(0x20 | jump, register, 0, limit, this.#exit);
        break;
      case 2:
        this.#code.jump(0x30 | jump, register, 0, limit + 1, this.#exit);
        break;
      case 3:
        this.#code.jump(0x60 | jump, register, 0, limit, this.#exit);
        if (!r.chance(12)) this.#code.jump(0xc0 | jump, register, 0, 0, this.#exit);
        break;
      case 4: {
        const over = this.#code.fresh();
        this.#code.jump(0xb0 | jump, register, 0, limit, over);
        this.#code.emit(0xb7, register, 0, 0, r.below(limit + 1));
        this.#code.label(over);
        break;
      }
      case 5:
        this.#code.emit(0x97, register, 0, 0, limit + 1);
        if (!r.chance(10)) this.#code.jump(0x25, register, 0, limit, this.#exit);
        break;
      default: {
        const shift = Math.min(63, 64 - Math.floor(Math.log2(limit + 1)));
        this.#code.emit(0x77, register, 0, 0, shift);
      }
    }
    if (narrow && r.chance(70)) this.#code.emit(0xbc, register, register);
    this.#held[register] = 'bounded';
  }

  #checkedScalar(): void {
    const register = this.#scalarRegister();
    this.#bound(register, this.#near(this.#random.pick([0, 1, 3, 7, 8, 15, 16, 31, 40, 47, 63, 255])));
  }

  #key(size: number, offset: number): void {
    const r = this.#random;
    const whole = r.chance(50) ? 8 : 4;
    if (size === 8) {
      this.#code.emit(STORE_IMM[8], 10, 0, offset, r.below(4));
    } else if (r.chance(30)) {
      this.#code.emit(STORE[4], 10, this.#scalarRegister(), offset);
    } else {
      this.#code.emit(
        STORE_IMM[whole],
        10,
        0,
        whole === 8 ? offset - (offset & 7 ? 4 : 0) : offset,
        r.pick([0, 0, 1, 2, 3, 4, 9]),
      );
    }
  }

  #callLookup(map: string, keySize: number): void {
    const r = this.#random;
    const offset = keySize === 8 ? -8 : r.pick([-4, -8, -16]);
    this.#key(keySize, offset);
    this.#code.emit(0xbf, 2, 10);
    this.#code.emit(0x07, 2, 0, 0, this.#near(offset, 2));
    this.#code.load64(1, 1, this.#fds.get(map) ?? -1);
    this.#code.emit(0x85, 0, 0, 0, 1);
  }

  #nullCheck(register: number, percent = 93): void {
    const r = this.#random;
    if (!r.chance(percent)) return;
    if (r.chance(80)) {
      this.#code.jump(0x15, register, 0, 0, this.#exit);
    } else {
      const over = this.#code.fresh();
      this.#code.jump(0x55, register, 0, 0, over);
      this.#code.emit(0xb7, 0, 0, 0, 0);
      this.#code.emit(0x95);
      this.#code.label(over);
    }
  }

  #lookup(): void {
    const r = this.#random;
    const map = r.pick(['array', 'hash', 'small', 'percpu', 'lru', 'readonly', 'writeonly', 'array', 'hash']);
    this.#callLookup(map, map === 'hash' ? 8 : 4);
    const copy = r.chance(60);
    const target = copy ? this.#kept() : 0;
    if (copy && r.chance(40)) this.#code.emit(0xbf, target, 0);
    this.#nullCheck(0);
    if (copy) this.#code.emit(0xbf, target, 0);
    this.#held[target] = 'value';
    this.#room[target] = VALUE_SIZE[map] ?? 8;
    this.#touchValue(target);
  }

  #touchValue(pointer: number): void {
    const r = this.#random;
    const room = this.#room[pointer] ?? 8;
    const count = r.between(1, 2);
    for (let i = 0; i < count; i++) {
      const size = this.#size();
      const last = Math.max(0, room - size);
      const offset = this.#near(r.chance(40) ? last : r.below(last + 1), 6);
      this.#access(pointer, offset, size);
    }
  }

  #access(pointer: number, offset: number, size: Size): void {
    const r = this.#random;
    switch (r.below(4)) {
      case 0:
        this.#code.emit(STORE_IMM[size], pointer, 0, offset, r.below(100));
        return;
      case 1:
        this.#code.emit(STORE[size], pointer, this.#scalarRegister(), offset);
        return;
      default: {
        const target = r.chance(60) ? this.#pickTarget(pointer) : 3;
        this.#code.emit(r.chance(15) ? LOAD_SIGNED[size] : LOAD[size], target, pointer, offset);
        this.#held[target] = 'scalar';
      }
    }
  }

  #pickTarget(except: number): number {
    const free = KEPT.filter((register) => register !== except);
    return this.#random.pick(free);
  }

  /** value + bounded scalar. */
  #valueAccess(): void {
    const r = this.#random;
    let pointer = KEPT.find((register) => this.#held[register] === 'value') ?? -1;
    if (pointer < 0) {
      this.#callLookup('array', 4);
      this.#nullCheck(0, 96);
      pointer = 7;
      this.#code.emit(0xbf, 7, 0);
      this.#held[7] = 'value';
      this.#room[7] = 48;
    }
    const index = this.#pickTarget(pointer);
    if (this.#held[index] !== 'scalar') this.#unknown(index);
    const size = this.#size();
    const room = this.#room[pointer] ?? 8;
    const constant = r.chance(50) ? 0 : r.below(Math.max(1, room - size));
    const limit = this.#near(Math.max(0, room - size - constant), 10);
    if (!r.chance(5)) this.#bound(index, Math.max(0, limit));
    if (r.chance(20)) {
      const scale = r.pick([1, 2, 3]);
      this.#code.emit(0x67, index, 0, 0, scale);
      if (!r.chance(15)) this.#code.jump(0x25, index, 0, Math.max(0, limit), this.#exit);
    }
    const sum = r.chance(50) ? pointer : 2;
    if (sum === 2) this.#code.emit(0xbf, 2, pointer);
    this.#code.emit(r.chance(93) ? 0x0f : 0x1f, sum, index);
    this.#access(sum, constant, size);
    if (sum === pointer) this.#held[pointer] = 'none';
    if (sum === pointer) this.#unknown(pointer);
  }

  #slot(): number {
    return -8 * this.#random.between(1, 6);
  }

  #stack(): void {
    const r = this.#random;
    const offset = this.#slot();
    const source = r.chance(75) ? this.#kept() : r.pick([6, 10]);
    this.#code.emit(STORE[8], 10, source, this.#near(offset, 2));
    this.#slots.add(offset);
    if (r.chance(20)) this.#code.emit(STORE_IMM[this.#size()], 10, 0, offset, r.below(3));
    const target = this.#kept();
    const readSize = r.chance(80) ? 8 : this.#size();
    this.#code.emit(LOAD[readSize], target, 10, offset);
    this.#held[target] = this.#held[source] ?? 'none';
    if (source === 6 || source === 10 || readSize !== 8) this.#unknown(target);
    else this.#room[target] = this.#room[source] ?? 0;
    if (this.#held[target] === 'value') this.#touchValue(target);
  }

  #spillPart(): void {
    const r = this.#random;
    const offset = this.#slot();
    const source = this.#scalarRegister();
    if (r.chance(50)) this.#bound(source, r.pick([7, 15, 255, 40]));
    const size = this.#size();
    const at = offset + (r.chance(70) ? 0 : r.pick([4, 2, 1]));
    this.#code.emit(STORE[size], 10, source, at % size === 0 ? at : offset);
    const target = this.#kept();
    const read = r.chance(60) ? size : this.#size();
    this.#code.emit(r.chance(12) ? LOAD_SIGNED[read] : LOAD[read], target, 10, at % read === 0 ? at : offset);
    this.#held[target] = 'scalar';
    if (r.chance(50)) this.#valueAccess();
  }

  #variableStack(): void {
    const r = this.#random;
    const index = this.#scalarRegister();
    const limit = this.#near(r.pick([7, 8, 15, 24, 31]), 8);
    this.#bound(index, Math.max(0, limit));
    this.#code.emit(0xbf, 2, 10);
    this.#code.emit(0x07, 2, 0, 0, -40);
    this.#code.emit(0x0f, 2, index);
    if (r.chance(40)) {
      this.#code.emit(0x57, index, 0, 0, r.pick([0x38, 7, 0x1c]));
    }
    const size = r.chance(75) ? 1 : this.#size();
    if (r.chance(50)) this.#code.emit(STORE_IMM[size], 2, 0, this.#near(0, 10), r.below(2));
    else this.#code.emit(LOAD[size], this.#pickTarget(index), 2, this.#near(0, 10));
    for (const register of KEPT) if (this.#held[register] !== 'value') this.#held[register] = 'scalar';
  }

  #branch(): void {
    const r = this.#random;
    const register = this.#scalarRegister();
    const over = this.#code.fresh();
    const jump = r.chance(35) ? 6 : 5;
    const before = this.#held.slice();
    const rooms = this.#room.slice();
    if (r.chance(40)) this.#code.jump(r.pick(JUMPS) | jump | 8, register, this.#scalarRegister(), 0, over);
    else this.#code.jump(r.pick(JUMPS) | jump, register, 0, r.chance(60) ? r.pick(INTERESTING) : r.below(64), over);
    const count = r.between(1, 2);
    this.#depth++;
    for (let i = 0; i < count; i++) this.#segment();
    this.#depth--;
    if (r.chance(40)) {
      const end = this.#code.fresh();
      this.#code.jump(0x05, 0, 0, 0, end);
      this.#code.label(over);
      this.#segment();
      this.#code.label(end);
    } else {
      this.#code.label(over);
    }
    for (const i of KEPT) {
      if (this.#held[i] !== before[i] || this.#room[i] !== rooms[i]) this.#held[i] = 'scalar';
    }
    for (const i of KEPT) if (this.#held[i] === 'scalar' && before[i] !== 'scalar' && !r.chance(10)) this.#unknown(i);
  }

  /** Copies of a scalar, one of them compared. */
  #linked(): void {
    const r = this.#random;
    const source = this.#scalarRegister();
    const copy = this.#pickTarget(source);
    this.#code.emit(r.chance(85) ? 0xbf : 0xbc, copy, source, 0, 0);
    if (r.chance(45)) this.#code.emit(0x07, copy, 0, 0, r.pick([1, 2, 4, 8, -1, 16]));
    this.#held[copy] = 'scalar';
    this.#bound(r.chance(50) ? source : copy, r.pick([3, 7, 15, 16, 31]));
    const index = r.chance(60) ? copy : source;
    this.#callLookupKept(index);
  }

  #callLookupKept(index: number): void {
    const r = this.#random;
    this.#callLookup('array', 4);
    this.#nullCheck(0, 97);
    this.#code.emit(0x0f, 0, index);
    this.#code.emit(LOAD[this.#size()], 3, 0, r.pick([0, 0, 8, 16, 30]));
  }

  #atomic(): void {
    const r = this.#random;
    const value = KEPT.find((register) => this.#held[register] === 'value');
    const onStack = value === undefined || r.chance(40);
    const operand = this.#pickTarget(value ?? 0);
    if (this.#held[operand] !== 'scalar') this.#unknown(operand);
    const wide = r.chance(70);
    const operation = r.pick([0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1]);
    if (operation === 0xf1 && !r.chance(5)) this.#code.emit(0xb7, 0, 0, 0, r.below(3));
    const opcode = r.chance(3) ? 0xcb : wide ? 0xdb : 0xc3;
    if (onStack) {
      const offset = this.#slot();
      this.#code.emit(STORE_IMM[8], 10, 0, offset, 1);
      this.#code.emit(opcode, 10, operand, offset, operation);
    } else {
      const room = this.#room[value] ?? 8;
      const offset = this.#near((r.below(Math.max(1, room / 8)) | 0) * 8, 6);
      this.#code.emit(opcode, value, operand, offset, operation);
    }
  }

  #outer(): void {
    const r = this.#random;
    const hash = r.chance(50);
    this.#callLookup(hash ? 'outerhash' : 'outer', 4);
    this.#nullCheck(0, 92);
    const keySize = hash ? 8 : 4;
    const offset = keySize === 8 ? -16 : r.pick([-4, -8]);
    this.#key(keySize, offset);
    this.#code.emit(0xbf, 1, 0);
    if (r.chance(3)) this.#code.emit(0x07, 1, 0, 0, r.pick([0, 8]));
    this.#code.emit(0xbf, 2, 10);
    this.#code.emit(0x07, 2, 0, 0, offset);
    this.#code.emit(0x85, 0, 0, 0, 1);
    this.#nullCheck(0, 92);
    this.#held[0] = 'value';
    this.#room[0] = hash ? 24 : 48;
    this.#touchValue(0);
    this.#held[0] = 'none';
  }

  #helper(): void {
    const r = this.#random;
    switch (r.below(5)) {
      case 0: {
        const map = r.pick(['array', 'hash', 'small', 'lru', 'readonly', 'writeonly']);
        this.#key(map === 'hash' ? 8 : 4, -8);
        const room = VALUE_SIZE[map] ?? 8;
        for (let at = 8; at <= room; at += 8) if (!r.chance(3)) this.#code.emit(STORE_IMM[8], 10, 0, -8 - at, 0);
        this.#code.load64(1, 1, this.#fds.get(map) ?? -1);
        this.#code.emit(0xbf, 2, 10);
        this.#code.emit(0x07, 2, 0, 0, -8);
        this.#code.emit(0xbf, 3, 10);
        this.#code.emit(0x07, 3, 0, 0, this.#near(-8 - room, 5));
        this.#code.emit(0xb7, 4);
        this.#code.emit(0x85, 0, 0, 0, 2);
        return;
      }
      case 1:
        this.#ringRecord();
        return;
      case 2: {
        const size = this.#scalarRegister();
        this.#bound(size, r.pick([8, 16, 32, 64]));
        this.#code.emit(0xb7, 1);
        this.#code.emit(0xb7, 2);
        this.#code.emit(0xbf, 3, 10);
        this.#code.emit(0x07, 3, 0, 0, -64);
        this.#code.emit(0xbf, 4, size);
        this.#code.emit(0xb7, 5);
        this.#code.emit(0x85, 0, 0, 0, this.#type === 1 ? 7 : this.#type === 17 ? 5 : 28);
        return;
      }
      case 3: {
        const size = r.pick([1, 4, 8, 16]);
        this.#code.load64(1, 1, this.#fds.get('ring') ?? -1);
        this.#code.emit(0xbf, 2, 10);
        this.#code.emit(0x07, 2, 0, 0, -16);
        this.#code.emit(0xb7, 3, 0, 0, this.#near(size, 8));
        this.#code.emit(0xb7, 4);
        this.#code.emit(0x85, 0, 0, 0, 130);
        return;
      }
      default: {
        this.#code.emit(STORE_IMM[8], 10, 0, -8, 0);
        this.#code.load64(1, 1, this.#fds.get('queue') ?? -1);
        this.#code.emit(0xbf, 2, 10);
        this.#code.emit(0x07, 2, 0, 0, this.#near(-8, 5));
        this.#code.emit(0xb7, 3);
        this.#code.emit(0x85, 0, 0, 0, r.pick([87, 88, 89]));
      }
    }
  }

  #ringRecord(): void {
    const r = this.#random;
    const size = r.pick([8, 16, 32]);
    this.#code.load64(1, 1, this.#fds.get('ring') ?? -1);
    this.#code.emit(0xb7, 2, 0, 0, size);
    this.#code.emit(0xb7, 3);
    this.#code.emit(0x85, 0, 0, 0, 131);
    this.#nullCheck(0, 95);
    const width = this.#size();
    this.#code.emit(STORE_IMM[width], 0, 0, this.#near(size - width, 8), 1);
    if (r.chance(6)) this.#code.emit(0x07, 0, 0, 0, 8);
    this.#code.emit(0xbf, 1, 0);
    this.#code.emit(0xb7, 2);
    if (!r.chance(4)) this.#code.emit(0x85, 0, 0, 0, r.pick([132, 133]));
    if (r.chance(3)) this.#code.emit(LOAD[4], 3, 0, 0);
  }

  #context(): void {
    const r = this.#random;
    const target = this.#kept();
    if (this.#type === 17) {
      this.#code.emit(LOAD[r.chance(80) ? 8 : this.#size()], target, 6, this.#near(r.below(12) * 8, 4));
    } else if (this.#type === XDP) {
      this.#code.emit(LOAD[r.chance(95) ? 4 : this.#size()], target, 6, r.pick([12, 16, 12, 16, 20]));
    } else if (r.chance(70)) {
      const offset = r.pick([
        0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 64, 68, 0, 0, 8, 16, 84, 88, 132, 136, 164,
      ]);
      this.#code.emit(LOAD[r.chance(80) ? 4 : this.#size()], target, 6, this.#near(offset, 3));
    } else {
      this.#code.emit(
        r.chance(50) ? STORE_IMM[4] : STORE[4],
        6,
        this.#scalarRegister(),
        r.pick([48, 52, 56, 60, 64, 8, 32, 44, 48, 52]),
      );
      return;
    }
    this.#held[target] = 'scalar';
  }

  #direct(): void {
    const r = this.#random;
    const offset = r.pick([0, 8, 16, 56, 60, 63, this.#near(64, 30)]);
    this.#code.load64(2, 2, this.#fds.get('one') ?? -1, offset);
    const size = this.#size();
    const room = 64 - offset;
    this.#access(2, this.#near(Math.max(0, room - size), 6), size);
  }

  #packetPointers(): void {
    const base = this.#type === 3 ? 76 : 0;
    this.#code.emit(0x61, 2, 6, base);
    this.#code.emit(0x61, 3, 6, base + 4);
  }

  #compareEnd(pointer: number): void {
    const r = this.#random;
    switch (r.below(6)) {
      case 0:
        this.#code.jump(0x2d, pointer, 3, 0, this.#exit);
        return;
      case 1:
        this.#code.jump(0x3d, pointer, 3, 0, this.#exit);
        return;
      case 2:
        this.#code.jump(0xad, 3, pointer, 0, this.#exit);
        return;
      case 3: {
        const over = this.#code.fresh();
        this.#code.jump(0xbd, pointer, 3, 0, over);
        this.#code.emit(0xb7, 0);
        this.#code.emit(0x95);
        this.#code.label(over);
        return;
      }
      case 4:
        this.#code.jump(0xbd, 3, pointer, 0, this.#exit);
        return;
      default:
        this.#code.jump(0x2d, pointer, 3, 0, this.#exit);
    }
  }

  #packet(): void {
    const r = this.#random;
    this.#packetPointers();
    const room = r.pick([1, 4, 8, 14, 20, 34, 54, 64]);
    this.#code.emit(0xbf, 4, 2);
    this.#code.emit(0x07, 4, 0, 0, room);
    if (!r.chance(3)) this.#compareEnd(4);
    const count = r.between(1, 3);
    for (let i = 0; i < count; i++) {
      const size = this.#size();
      const last = Math.max(0, room - size);
      const offset = this.#near(r.chance(50) ? last : r.below(last + 1), 5);
      if (r.chance(20)) this.#code.emit(STORE_IMM[size], 2, 0, offset, 1);
      else {
        const target = this.#kept();
        this.#code.emit(LOAD[size], target, 2, offset);
        this.#held[target] = 'scalar';
      }
    }
    if (r.chance(25)) this.#code.emit(LOAD[1], this.#scalarRegister(), 4, this.#near(-1, 15));
  }

  #packetVariable(): void {
    const r = this.#random;
    const index = this.#scalarRegister();
    this.#bound(index, r.pick([15, 31, 60, 255, 1000, 65535]));
    this.#packetPointers();
    this.#code.emit(0x0f, 2, index);
    this.#code.emit(0xbf, 4, 2);
    const room = r.pick([1, 2, 4, 8, 20]);
    this.#code.emit(0x07, 4, 0, 0, room);
    if (!r.chance(4)) this.#compareEnd(4);
    const size = this.#size();
    const offset = this.#near(Math.max(0, room - size), 6);
    this.#code.emit(LOAD[size], this.#pickTarget(index), 2, offset);
    for (const register of KEPT) if (this.#held[register] !== 'value') this.#held[register] = 'scalar';
  }

  #meta(): void {
    const r = this.#random;
    this.#code.emit(0x61, 2, 6, this.#type === 3 ? 140 : 8);
    this.#code.emit(0x61, 3, 6, this.#type === 3 ? 76 : 0);
    this.#code.emit(0xbf, 4, 2);
    const room = r.pick([4, 8, 16]);
    this.#code.emit(0x07, 4, 0, 0, room);
    if (!r.chance(4)) this.#compareEnd(4);
    const size = this.#size();
    this.#code.emit(LOAD[size], 5, 2, this.#near(Math.max(0, room - size), 6));
  }

  #absolute(): void {
    const r = this.#random;
    if (r.chance(50)) this.#code.emit(r.pick([0x20, 0x28, 0x30]), 0, 0, 0, r.below(40));
    else this.#code.emit(r.pick([0x40, 0x48, 0x50]), 0, this.#scalarRegister(), 0, r.below(8));
    const target = this.#kept();
    this.#code.emit(0xbf, target, 0);
    this.#held[target] = 'scalar';
  }

  #loop(): void {
    const r = this.#random;
    const counter = this.#kept();
    const down = r.chance(25);
    const rounds = r.pick([2, 3, 5, 10, 20, 100]);
    const label = this.#code.fresh();
    this.#code.emit(0xb7, counter, 0, 0, down ? rounds : 0);
    this.#held[counter] = 'none';
    this.#code.label(label);
    this.#depth++;
    const others = KEPT.filter((register) => register !== counter);
    const before = this.#held.slice();
    if (r.chance(70)) {
      const dst = r.pick(others);
      if (this.#held[dst] === 'scalar' || this.#held[dst] === 'bounded') {
        this.#operate(
          r.chance(30) ? 4 : 7,
          r.pick([0x00, 0x50, 0x40, 0xa0, 0x20]),
          dst === counter ? r.pick(others) : dst,
        );
      }
    }
    if (r.chance(50)) {
      const skip = this.#code.fresh();
      this.#code.emit(0x85, 0, 0, 0, 7);
      this.#code.jump(r.pick(JUMPS) | 5, 0, 0, r.below(16), skip);
      this.#code.emit(STORE[8], 10, counter, -48);
      this.#code.label(skip);
    }
    this.#depth--;
    if (!r.chance(3)) this.#code.emit(down ? 0x17 : 0x07, counter, 0, 0, 1);
    if (down) this.#code.jump(0x55, counter, 0, 0, label);
    else this.#code.jump(r.pick([0xa5, 0xa5, 0x55, 0xc5, 0xa6]), counter, 0, rounds, label);
    for (let i = 0; i < 11; i++) this.#held[i] = before[i] === 'value' ? 'value' : (before[i] ?? 'none');
    this.#held[counter] = 'bounded';
  }

  #call(): void {
    const r = this.#random;
    const name = `f${this.#code.fresh()}`;
    this.#functions.push(name);
    const value = KEPT.find((register) => this.#held[register] === 'value');
    switch (r.below(3)) {
      case 0:
        this.#code.emit(STORE_IMM[8], 10, 0, -8, 5);
        this.#code.emit(0xbf, 1, 10);
        this.#code.emit(0x07, 1, 0, 0, -8);
        break;
      case 1:
        this.#code.emit(0xbf, 1, value ?? this.#scalarRegister());
        break;
      default:
        this.#code.emit(0xbf, 1, this.#scalarRegister());
    }
    this.#code.emit(0xbf, 2, this.#scalarRegister());
    this.#code.call(name);
    if (r.chance(60)) {
      const target = this.#kept();
      this.#code.emit(0xbf, target, 0);
      this.#held[target] = 'scalar';
    }
  }

  #function(name: string): void {
    const r = this.#random;
    this.#code.label(name);
    switch (r.below(5)) {
      case 0:
        this.#code.emit(0xbf, 0, 2);
        this.#code.emit(0x57, 0, 0, 0, r.pick([7, 15, 255]));
        break;
      case 1: {
        const size = this.#size();
        this.#code.emit(LOAD[size], 0, 1, r.pick([0, 0, 0, 8, -8]));
        break;
      }
      case 2:
        this.#code.emit(STORE[8], 10, 2, r.pick([-8, -16, -256, -504]));
        this.#code.emit(LOAD[8], 0, 10, r.pick([-8, -16]));
        break;
      case 3:
        this.#code.emit(0xb7, 0, 0, 0, 0);
        this.#code.emit(0x25, 2, 0, 1, r.pick([7, 40]));
        this.#code.emit(0xbf, 0, 2);
        break;
      default:
        this.#code.emit(0x85, 0, 0, 0, 7);
        this.#code.emit(r.chance(80) ? 0x57 : 0x0f, 0, r.chance(80) ? 0 : 6, 0, r.pick([3, 7]));
    }
    this.#code.emit(0x95);
  }
}
