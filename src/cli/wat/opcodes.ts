/** Names of WebAssembly's instructions, by the numbers of its specification and of its threads and tail-call proposals. */

/** What follows an opcode. */
export type Immediate =
  | 'none'
  | 'block'
  | 'label'
  | 'labels'
  | 'index'
  | 'indirect'
  | 'memory'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'zero'
  | 'zeros'
  | 'select';

export interface Operation {
  readonly name: string;
  readonly immediate: Immediate;
}

const PLAIN = new Map<number, Operation>();

function define(first: number, immediate: Immediate, names: string): void {
  names
    .trim()
    .split(/\s+/)
    .forEach((name, index) => {
      if (name !== '-') PLAIN.set(first + index, { name, immediate });
    });
}

define(0x00, 'none', 'unreachable nop');
define(0x02, 'block', 'block loop if');
define(0x05, 'none', 'else');
define(0x0b, 'none', 'end');
define(0x0c, 'label', 'br br_if');
define(0x0e, 'labels', 'br_table');
define(0x0f, 'none', 'return');
define(0x10, 'index', 'call');
define(0x11, 'indirect', 'call_indirect');
define(0x12, 'index', 'return_call');
define(0x13, 'indirect', 'return_call_indirect');
define(0x1a, 'none', 'drop select');
define(0x1c, 'select', 'select');
define(0x20, 'index', 'local.get local.set local.tee global.get global.set table.get table.set');
define(
  0x28,
  'memory',
  `i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
   i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
   i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`,
);
define(0x3f, 'zero', 'memory.size memory.grow');
define(0x41, 'i32', 'i32.const');
define(0x42, 'i64', 'i64.const');
define(0x43, 'f32', 'f32.const');
define(0x44, 'f64', 'f64.const');
define(
  0x45,
  'none',
  `i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
   i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
   f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
   i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
   i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
   i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
   i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
   f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt
   f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
   f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt
   f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
   i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
   i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
   f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
   f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
   i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
   i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`,
);

define(0xd1, 'none', 'ref.is_null');

/** Behind the prefix 0xfc. */
const BULK = new Map<number, Operation>([
  [10, { name: 'memory.copy', immediate: 'zeros' }],
  [11, { name: 'memory.fill', immediate: 'zero' }],
  [16, { name: 'table.size', immediate: 'index' }],
]);

/** Behind the prefix 0xfe. */
const ATOMIC = new Map<number, Operation>([
  [0, { name: 'memory.atomic.notify', immediate: 'memory' }],
  [1, { name: 'memory.atomic.wait32', immediate: 'memory' }],
  [2, { name: 'memory.atomic.wait64', immediate: 'memory' }],
  [3, { name: 'atomic.fence', immediate: 'zero' }],
]);

function defineAtomics(): void {
  const widths = [
    ['i32', ''],
    ['i64', ''],
    ['i32', '8'],
    ['i32', '16'],
    ['i64', '8'],
    ['i64', '16'],
    ['i64', '32'],
  ] as const;
  widths.forEach(([type, width], index) => {
    const unsigned = width === '' ? '' : '_u';
    ATOMIC.set(0x10 + index, { name: `${type}.atomic.load${width}${unsigned}`, immediate: 'memory' });
    ATOMIC.set(0x17 + index, { name: `${type}.atomic.store${width}`, immediate: 'memory' });
    ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].forEach((operation, row) => {
      const name = `${type}.atomic.rmw${width}.${operation}${unsigned}`;
      ATOMIC.set(0x1e + 7 * row + index, { name, immediate: 'memory' });
    });
  });
}
defineAtomics();

const PREFIXED: ReadonlyMap<number, ReadonlyMap<number, Operation>> = new Map([
  [0xfc, BULK],
  [0xfe, ATOMIC],
]);

/** The operation of an opcode, `sub` being the number behind a prefix. Throws for one that is not known here. */
export function operationOf(opcode: number, sub: () => number): Operation {
  const table = PREFIXED.get(opcode);
  const number = table ? sub() : opcode;
  const operation = (table ?? PLAIN).get(number);
  if (operation) return operation;
  const shown = table ? `0x${opcode.toString(16)} ${number}` : `0x${opcode.toString(16)}`;
  throw new RangeError(`WebAssembly module: unknown instruction ${shown}`);
}
