import { helperByName } from '../helpers.js';
import { Call, Class, Jump, Opcode, Source } from '../insn/opcodes.js';
import type { Cursor } from './cursor.js';
import { takeImmediate } from './operand.js';
import { type Names, plain, type Statement } from './statement.js';

const CONDITIONS = new Map<string, number>([
  ['==', Jump.JEQ],
  ['!=', Jump.JNE],
  ['>', Jump.JGT],
  ['>=', Jump.JGE],
  ['<', Jump.JLT],
  ['<=', Jump.JLE],
  ['s>', Jump.JSGT],
  ['s>=', Jump.JSGE],
  ['s<', Jump.JSLT],
  ['s<=', Jump.JSLE],
  ['&', Jump.JSET],
]);

/** `if r1 > 5 goto …`, behind `if`. */
export function takeIf(cursor: Cursor): Statement {
  const { number: dst, narrow } = cursor.takeRegister();
  const code = cursor.token.kind === 'mark' ? CONDITIONS.get(cursor.token.text) : undefined;
  if (code === undefined) cursor.fail(`a condition (${[...CONDITIONS.keys()].join(' ')})`);
  cursor.advance();
  const opcode = (narrow ? Class.JMP32 : Class.JMP) | code;
  const fields = cursor.atRegister()
    ? { opcode: opcode | Source.X, dst, src: cursor.takeOperand(narrow) }
    : { opcode, dst, imm: takeImmediate(cursor, narrow) };
  cursor.expect('goto');
  if (cursor.atNumber()) return plain({ ...fields, offset: takeDistance(cursor) });
  return { ...plain(fields), label: cursor.takeWord('a label or a distance such as +3'), fixup: 'jump' };
}

/** Behind `goto` and `may_goto`. */
export function takeGoto(cursor: Cursor, opcode: number): Statement {
  if (cursor.atNumber()) return plain({ opcode, offset: takeDistance(cursor) });
  return {
    ...plain({ opcode }),
    label: cursor.takeWord('a label or a distance such as +3'),
    fixup: 'jump',
  };
}

/** Behind `gotol`. */
export function takeLongGoto(cursor: Cursor): Statement {
  const opcode = Opcode.GOTO_LONG;
  if (cursor.atNumber()) return plain({ opcode, imm: takeImmediate(cursor, false) });
  return { ...plain({ opcode }), label: cursor.takeWord('a label or a distance such as +3'), fixup: 'long jump' };
}

/** Behind `call`: a helper's name or number, a label, a distance with its sign, or `kfunc[id]`. */
export function takeCall(cursor: Cursor, names: Names): Statement {
  if (cursor.is('+') || cursor.is('-'))
    return plain({ opcode: Opcode.CALL, src: Call.SUBPROGRAM, imm: takeImmediate(cursor, false) });
  if (cursor.atNumber()) return plain({ opcode: Opcode.CALL, imm: takeImmediate(cursor, false) });
  const name = cursor.takeWord('a helper, a label or a distance such as +3');
  if (name.text === 'kfunc' && cursor.accept('[')) return takeKernelFunction(cursor);
  if (names.isLabel(name.text)) {
    return { ...plain({ opcode: Opcode.CALL, src: Call.SUBPROGRAM }), label: name, fixup: 'long jump' };
  }
  const helper = helperByName(name.text) ?? helperByName(`bpf_${name.text}`);
  if (helper === undefined) cursor.fail('the name of a helper (bpf_…) or a label', name);
  return plain({ opcode: Opcode.CALL, imm: helper.id });
}

function takeKernelFunction(cursor: Cursor): Statement {
  const imm = takeImmediate(cursor, false);
  const offset = cursor.accept(',') ? takeDistance(cursor) : 0;
  cursor.expect(']');
  return plain({ opcode: Opcode.CALL, src: Call.KERNEL_FUNCTION, imm, offset });
}

function takeDistance(cursor: Cursor): number {
  return Number(cursor.takeInteger(-0x8000n, 0x7fffn, 'a distance'));
}
