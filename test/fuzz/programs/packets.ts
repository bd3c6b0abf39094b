/** Statements over the context and the packet, by program type. */
import { Class, Jump, Mode } from '#dist/shared/program/insn/opcodes.js';
import { ProgramType } from '#dist/shared/uapi.js';
import { sizeField, type Width } from './code.js';
import { type Generator, SCALAR_STACK } from './generate.js';

const SKB_READABLE = [0, 4, 8, 12, 16, 20, 24, 32, 36, 40, 44, 48, 52, 64, 68];
const SKB_WRITABLE = [8, 32, 48, 52, 56, 60, 64];
const CONTROL_BLOCK = [48, 52, 56, 60, 64];
const XDP_READABLE = [12, 16];

export function contextStatement(generator: Generator): void {
  const { code, random, type } = generator;
  if (type === ProgramType.XDP) code.load(4, generator.target(), 6, random.pick(XDP_READABLE));
  else if (random.chance(0.6)) code.load(4, generator.target(), 6, random.pick(SKB_READABLE));
  else code.store(4, 6, generator.scalar(), random.pick(type === ProgramType.SCHED_CLS ? SKB_WRITABLE : CONTROL_BLOCK));
}

/** Direct access to the packet behind a bounds check. */
export function packetStatement(generator: Generator): void {
  const { code, random, type } = generator;
  if (type === ProgramType.SOCKET_FILTER) {
    packetLoad(generator);
    return;
  }
  const [data, end] = type === ProgramType.XDP ? [0, 4] : [76, 80];
  const reach = random.pick([1, 8, 14, 34, 54, 100, 300]);
  const out = code.label();
  code.load(4, 2, 6, data as number);
  code.load(4, 3, 6, end as number);
  code.copy(4, 2);
  code.emit({ opcode: 0x07, dst: 4, imm: reach });
  code.emitTo(out, 'offset', { opcode: Class.JMP | Jump.JGT | 0x08, dst: 4, src: 3 });
  for (let count = random.between(1, 5); count > 0; count--) {
    const width = random.pick<Width>([1, 2, 4, 8]);
    if (width > reach) continue;
    const offset = random.below(reach - width + 1);
    const scalar = random.pick([7, 8]);
    if (random.chance(0.5)) code.load(width, scalar, 2, offset, width !== 8 && random.chance(0.4));
    else if (random.chance(0.6)) code.store(width, 2, scalar, offset);
    else code.storeImmediate(width, 2, offset, random.immediate());
  }
  code.place(out);
  generator.known = new Set();
}

/** LD_ABS and LD_IND; they end the program with 0 when the bytes are not there, so they mostly are. */
export function packetLoad(generator: Generator): void {
  const { code, random, type } = generator;
  if (type === ProgramType.XDP) return;
  const width = random.pick<Width>([1, 2, 4]);
  const imm = random.chance(0.02) ? 1000 : random.below(30);
  if (random.chance(0.5)) code.emit({ opcode: Class.LD | Mode.ABS | sizeField(width), imm });
  else {
    code.mov(3, random.below(6));
    code.emit({ opcode: Class.LD | Mode.IND | sizeField(width), src: 3, imm });
  }
  generator.called();
}

export function packetHelper(generator: Generator): void {
  const { random, type } = generator;
  const choice = random.below(4);
  if (type === ProgramType.XDP) xdpHelper(generator);
  else if (choice === 0 && type === ProgramType.SCHED_CLS) resize(generator);
  else bytesHelper(generator, choice < 3 || type === ProgramType.SOCKET_FILTER ? 26 : 9);
}

/** Load packet bytes to the stack, or store them from there. */
function bytesHelper(generator: Generator, id: number): void {
  const { code, random } = generator;
  code.copy(1, 6);
  code.mov(2, random.pick([0, 1, 12, 30, 60, 500]));
  stackBuffer(generator, 3);
  code.mov(4, random.pick([1, 2, 4, 8]));
  if (id === 9) code.mov(5, random.below(4));
  code.helper(id);
  generator.called();
}

function stackBuffer({ code, random }: Generator, register: number): void {
  code.copy(register, 10);
  code.emit({ opcode: 0x07, dst: register, imm: -SCALAR_STACK + 8 * random.below(SCALAR_STACK / 8) });
}

/** Helpers that put bytes in front of the packet, or between its headers. */
const GROWING: readonly number[] = [18, 43, 50];
/** The kernel's buffer may double with each growth; from 13 on its allocator gives up (ENOMEM). */
const MOST_GROWTHS = 10;

function resize(generator: Generator): void {
  const { code, random } = generator;
  const calls: [number, number, number][] = [
    [38, random.between(0, 300), 0],
    [43, random.between(0, 60), 0],
    [39, random.between(0, 60), 0],
    [50, random.between(-20, 40), random.below(2)],
    [18, 0x0081, random.below(4096)],
    [19, 0, 0],
    [32, random.below(5), 0],
    [48, random.u32() | 0, 0],
  ];
  const [id, second, third] = random.pick(calls);
  if (GROWING.includes(id)) {
    if (generator.growths + generator.rounds > MOST_GROWTHS) return;
    generator.growths += generator.rounds;
  }
  code.copy(1, 6);
  code.mov(2, second);
  code.mov(3, third);
  if (id === 50) code.mov(4, 0);
  code.helper(id);
  generator.called();
}

function xdpHelper(generator: Generator): void {
  const { code, random } = generator;
  const id = random.pick([44, 65, 54, 188, 189, 190]);
  code.copy(1, 6);
  if (id === 189 || id === 190) {
    code.mov(2, random.pick([0, 1, 12, 30, 60, 500]));
    stackBuffer(generator, 3);
    code.mov(4, random.pick([1, 2, 4, 8]));
  } else if (id !== 188) code.mov(2, random.pick([0, 4, 8, -4, -8, 14, 1, -300]));
  code.helper(id);
  generator.called();
}
