/** Branches (every condition, JMP and JMP32) and bounded loops. */
import { Class, Jump, Opcode, Source } from '#dist/shared/program/insn/opcodes.js';
import type { Generator } from './generate.js';

const CONDITIONS = [
  Jump.JEQ,
  Jump.JGT,
  Jump.JGE,
  Jump.JSET,
  Jump.JNE,
  Jump.JSGT,
  Jump.JSGE,
  Jump.JLT,
  Jump.JLE,
  Jump.JSLT,
  Jump.JSLE,
];
const MAX_LOOPS = 2;
/** Rounds of nested loops together: the verifier walks each of them. */
const MAX_ROUNDS = 64;
/** Branches inside of loops multiply the paths that the verifier walks. */
const MAX_BRANCHES_IN_LOOP = 1;
const STACK_COUNTER = -96;

/** if (condition) … else …; either part may be empty. */
export function branch(generator: Generator): void {
  const { code, random } = generator;
  if (generator.loops > 0 && ++generator.branches > MAX_BRANCHES_IN_LOOP) return;
  const otherwise = code.label();
  const end = code.label();
  condition(generator, otherwise);
  const before = new Set(generator.known);
  body(generator, random.between(0, 4));
  const afterThen = generator.known;
  const hasElse = random.chance(0.5);
  const isLong = random.chance(0.3);
  if (hasElse) code.emitTo(end, isLong ? 'imm' : 'offset', { opcode: isLong ? Opcode.GOTO_LONG : Opcode.GOTO });
  code.place(otherwise);
  generator.known = before;
  if (hasElse) body(generator, random.between(1, 3));
  code.place(end);
  generator.known = new Set([...afterThen].filter((register) => generator.known.has(register)));
}

function condition(generator: Generator, target: { slot: number }): void {
  const { code, random } = generator;
  const opcode = random.pick([Class.JMP, Class.JMP32]) | random.pick(CONDITIONS);
  const byRegister = random.chance(0.4);
  const dst = generator.scalar();
  const src = byRegister ? generator.scalar() : 0;
  const imm = byRegister ? 0 : random.immediate();
  code.emitTo(target, 'offset', { opcode: opcode | (byRegister ? Source.X : Source.K), dst, src, imm });
}

function body(generator: Generator, statements: number): void {
  for (let count = statements; count > 0 && generator.budget > 0; count--) generator.statement();
}

/** A loop that runs a constant number of times; the counter lives in r9 (outermost) or on the stack. */
export function loop(generator: Generator): void {
  const { code, random } = generator;
  const rounds = random.between(1, 16);
  if (generator.loops >= MAX_LOOPS || generator.rounds * rounds > MAX_ROUNDS) return;
  const inRegister = generator.loops === 0;
  const offset = STACK_COUNTER - 8 * generator.loops;
  if (inRegister) code.mov(9, rounds);
  else code.storeImmediate(8, 10, offset, rounds);
  const head = { slot: code.slot };
  const outer = { rounds: generator.rounds, branches: generator.branches };
  generator.known = new Set();
  generator.loops++;
  generator.rounds *= rounds;
  generator.branches = outer.branches;
  body(generator, random.between(1, 5));
  generator.loops--;
  generator.rounds = outer.rounds;
  countDown(generator, inRegister, offset, head);
}

function countDown(generator: Generator, inRegister: boolean, offset: number, head: { slot: number }): void {
  const { code } = generator;
  const counter = inRegister ? 9 : 1;
  if (!inRegister) code.load(8, counter, 10, offset);
  code.emit({ opcode: 0x07, dst: counter, imm: -1 });
  if (!inRegister) code.store(8, 10, counter, offset);
  code.emitTo(head, 'offset', { opcode: Class.JMP | Jump.JNE, dst: counter, imm: 0 });
  generator.known = new Set(inRegister ? [] : [1]);
}
