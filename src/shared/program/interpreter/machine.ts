/** One run of a program, one instruction at a time. */
import type { Instruction } from '../insn/instruction.js';
import { callTarget, immediate64, jumpTarget } from '../insn/instruction.js';
import { Kind, kindOf } from '../insn/kinds.js';
import {
  Atomic,
  Call,
  FRAME_POINTER,
  Mode,
  MODE_MASK,
  Opcode,
  Pseudo,
  REGISTER_COUNT,
  STACK_SIZE,
  sizeBytes,
} from '../insn/opcodes.js';
import { MAY_GOTO_NANOSECONDS, MAY_GOTO_ROUNDS } from '../insn/may-goto.js';
import { formatInstruction } from '../disasm/format.js';
import type { CheckedProgram } from '../types.js';
import { arithmetic, operand } from './arithmetic.js';
import { type Code, codeOf, referenceAddress } from './code.js';
import { findHelper, type InterpreterEnvironment } from './environment.js';
import { BudgetError, InterpreterError, type Place } from './errors.js';
import { Frames, MAX_FRAMES } from './frames.js';
import { callHelper } from './helpers.js';
import { taken } from './jumps.js';
import { directRegion, RunMaps } from './maps.js';
import { CheckedMemory, LOAD_ACQUIRE, STORE_RELEASE } from './memory.js';
import { contextBytes, packetRegion } from './packets.js';
import { Regions } from './regions.js';

/** The helper that tells the time. */
const KTIME_GET_NS = 5;

export interface RunRequest {
  readonly program: CheckedProgram;
  readonly environment: InterpreterEnvironment;
  /** Address of the context: r1 of the main function. */
  readonly context: number;
  /** Needed for program types whose contexts have no fixed length. */
  readonly contextBytes?: number;
  /** r10 of the main function; frames of 512 bytes lie below. */
  readonly stackTop: number;
  /** No frame lies lower. Default: eight frames. */
  readonly stackFloor?: number;
  /** Instructions that the run may take; default 2²⁷. */
  readonly budget?: number;
  /** Called before each instruction. The state must not be changed. */
  readonly before?: (state: MachineState) => void;
}

/** What a hook sees before an instruction. */
export interface MachineState {
  readonly program: CheckedProgram;
  /** Slot of the instruction that comes next. */
  readonly slot: number;
  readonly insn: Instruction;
  /** r0…r10, unsigned. Registers that the program has not set hold leftovers. */
  readonly registers: readonly bigint[];
  /** Frames that are live: 1 in the main function. */
  readonly depth: number;
  /** Instructions that the run has taken so far. */
  readonly executed: number;
}

const DEFAULT_BUDGET = 2 ** 27;

export class Machine implements MachineState {
  readonly registers: bigint[] = new Array<bigint>(REGISTER_COUNT).fill(0n);
  readonly regions = new Regions();
  readonly memory: CheckedMemory;
  readonly maps: RunMaps;
  readonly environment: InterpreterEnvironment;
  readonly #frames = new Frames(this.regions);
  readonly #context: number;
  /** r2 of the main function, where a program was loaded without the verifier: others cannot read it. */
  readonly #contextBytes: number;
  readonly #stackFloor: number;
  readonly #budget: number;
  readonly #before: ((state: MachineState) => void) | undefined;
  #code: Code;
  slot = 0;
  executed = 0;
  /** The main function has returned. */
  done = false;

  constructor(request: RunRequest) {
    const { program, environment, context } = request;
    this.environment = environment;
    this.memory = new CheckedMemory(environment.memory.buffer, this.regions, () => this.place());
    this.maps = new RunMaps(this.memory.view);
    this.#context = context;
    this.#stackFloor = request.stackFloor ?? request.stackTop - MAX_FRAMES * STACK_SIZE;
    this.#budget = request.budget ?? DEFAULT_BUDGET;
    this.#before = request.before;
    this.#code = codeOf(program);
    const size = contextBytes(program.type) ?? request.contextBytes ?? 0;
    this.#contextBytes = request.contextBytes ?? 0;
    this.regions.push({ start: context, size, label: 'context', readable: true, writable: true });
    this.regions.packet = () => packetRegion(program.type, this.memory.view, context);
    this.#enterProgram(program, request.stackTop);
  }

  get program(): CheckedProgram {
    return this.#code.program;
  }

  get insn(): Instruction {
    const insn = this.#code.slots[this.slot];
    if (insn === undefined) throw this.fault(`no instruction begins at slot ${this.slot}`);
    return insn;
  }

  get depth(): number {
    return this.#frames.depth;
  }

  get stackTop(): number {
    return this.#frames.top.stackTop;
  }

  /** Run to the end of the main function. r0 as an unsigned number. */
  run(): bigint {
    while (!this.done) this.step();
    return this.registers[0] as bigint;
  }

  /** Execute one instruction. A helper with callbacks runs them to their end. */
  step(): void {
    const insn = this.insn;
    if (this.executed >= this.#budget) throw new BudgetError(this.place(), this.#budget);
    this.#before?.(this);
    if (this.program.coverage !== undefined) this.memory.count(this.program.coverage + 4 * this.slot);
    this.executed++;
    this.#execute(insn);
  }

  place(): Place {
    const insn = this.#code.slots[this.slot];
    const text = insn === undefined ? 'no instruction' : formatInstruction(insn);
    return { program: this.program.name, slot: this.slot, text };
  }

  fault(reason: string): InterpreterError {
    return new InterpreterError(this.place(), reason);
  }

  /** Run the function at `slot` as a callback and give its r0. Registers of the caller come back as they were. */
  callback(slot: number, args: readonly bigint[], stackTop: number): bigint {
    const before = [...this.registers];
    const caller = this.slot;
    const code = this.#code;
    const depth = this.#frames.depth;
    this.#pushFrame(stackTop, -1);
    args.forEach((argument, index) => {
      this.registers[index + 1] = argument;
    });
    this.slot = slot;
    while (this.#frames.depth > depth) this.step();
    const result = this.registers[0] as bigint;
    before.forEach((value, index) => {
      this.registers[index] = value;
    });
    this.slot = caller;
    this.#code = code;
    return result;
  }

  /** Go on in another program, in the frame of this one. */
  tailCall(program: CheckedProgram): void {
    const frame = this.#frames.pop();
    this.#code = codeOf(program);
    this.maps.addProgram(program);
    this.#grantDirect(program);
    this.#frames.push(frame);
    this.registers[1] = BigInt(this.#context);
    this.slot = 0;
  }

  /** Memory that bpf_dynptr_data gave out goes with its dynptr. */
  noteSlice(dynptr: bigint, start: number): void {
    const slices = this.#slices.get(dynptr);
    if (slices === undefined) this.#slices.set(dynptr, [start]);
    else slices.push(start);
  }

  revokeSlices(dynptr: bigint): void {
    for (const start of this.#slices.get(dynptr) ?? []) this.regions.revoke(start);
    this.#slices.delete(dynptr);
  }

  readonly #slices = new Map<bigint, number[]>();

  #enterProgram(program: CheckedProgram, stackTop: number): void {
    this.maps.addProgram(program);
    this.#grantDirect(program);
    this.#pushFrame(stackTop, -1);
    this.registers[1] = BigInt(this.#context);
    this.registers[2] = BigInt(this.#contextBytes);
  }

  #grantDirect(program: CheckedProgram): void {
    for (const { kind, map } of program.references) {
      const region = kind === 'value' ? directRegion(map) : undefined;
      if (region !== undefined) this.regions.grant(region);
    }
  }

  #pushFrame(stackTop: number, returnSlot: number): void {
    if (stackTop - STACK_SIZE < this.#stackFloor)
      throw this.fault(`more than ${this.#frames.depth} frames: the stack is full`);
    this.#frames.push({
      stackTop,
      returnSlot,
      saved: this.registers.slice(6),
      caller: this.#code,
      patience: { rounds: 0, since: 0n },
    });
    this.registers[FRAME_POINTER] = BigInt(stackTop);
  }

  #execute(insn: Instruction): void {
    switch (kindOf(insn.opcode)) {
      case Kind.ALU:
      case Kind.NEG:
      case Kind.MOV:
      case Kind.END:
        this.#arithmetic(insn);
        break;
      case Kind.JUMP:
      case Kind.GOTO:
        this.#jump(insn);
        break;
      case Kind.CALL:
        this.#call(insn);
        break;
      case Kind.EXIT:
        this.#exit();
        break;
      case Kind.LOAD_IMMEDIATE:
        this.#loadImmediate(insn);
        break;
      case Kind.PACKET_LOAD:
        this.#packetLoad(insn);
        break;
      case Kind.LOAD:
        this.#load(insn);
        break;
      case Kind.STORE:
      case Kind.STORE_IMMEDIATE:
        this.#store(insn);
        break;
      default:
        if (isAtomic(insn)) this.#atomic(insn);
        else throw this.fault(`opcode 0x${insn.opcode.toString(16)} is no instruction`);
    }
  }

  #arithmetic(insn: Instruction): void {
    const result = arithmetic(insn, this.registers[insn.dst] as bigint, operand(insn, this.registers));
    if (result === undefined) throw this.fault('no such arithmetic');
    this.registers[insn.dst] = result;
    this.slot++;
  }

  #jump(insn: Instruction): void {
    const jumps =
      insn.opcode === Opcode.MAY_GOTO
        ? this.#isImpatient()
        : kindOf(insn.opcode) === Kind.GOTO ||
          taken(insn, this.registers[insn.dst] as bigint, operand(insn, this.registers));
    if (jumps === undefined) throw this.fault('no such condition');
    this.slot = jumps ? jumpTarget(insn, this.slot) : this.slot + 1;
  }

  /** Whether the `may_goto`s of the function have gone on for long enough. */
  #isImpatient(): boolean {
    const { patience } = this.#frames.top;
    if (++patience.rounds < MAY_GOTO_ROUNDS) return false;
    const now = findHelper(this.environment, KTIME_GET_NS)?.() ?? 0n;
    if (patience.since === 0n) patience.since = now;
    if (now - patience.since >= MAY_GOTO_NANOSECONDS) return true;
    patience.rounds = 0;
    return false;
  }

  #call(insn: Instruction): void {
    if (insn.src === Call.SUBPROGRAM) {
      const target = callTarget(insn, this.slot);
      this.#pushFrame(this.stackTop - STACK_SIZE, this.slot + 1);
      this.slot = target;
      return;
    }
    if (insn.src !== Call.HELPER) throw this.fault('kernel functions cannot be called here');
    const next = this.slot + 1;
    const jumped = callHelper(this, insn.imm);
    if (!jumped) this.slot = next;
  }

  #exit(): void {
    const { returnSlot, saved, caller } = this.#frames.pop();
    saved.forEach((value, index) => {
      this.registers[index + 6] = value;
    });
    if (returnSlot >= 0) {
      this.slot = returnSlot;
      this.#code = caller;
    } else if (this.#frames.depth === 0) this.done = true;
  }

  #loadImmediate(insn: Instruction): void {
    const reference = this.#code.references.get(this.slot);
    let value: bigint | undefined;
    if (reference !== undefined) value = referenceAddress(reference);
    else if (insn.src === Pseudo.CONSTANT) value = BigInt.asUintN(64, immediate64(insn));
    else if (insn.src === Pseudo.FUNCTION) value = BigInt(callTarget(insn, this.slot));
    if (value === undefined) throw this.fault('what the load-immediate names is not known');
    this.registers[insn.dst] = value;
    this.slot += 2;
  }

  /** The program ends with 0 when the bytes are not there. */
  #packetLoad(insn: Instruction): void {
    const isIndirect = (insn.opcode & MODE_MASK) === Mode.IND;
    const index = isIndirect ? Number(BigInt.asIntN(32, this.registers[insn.src] as bigint)) : 0;
    const skb = Number(this.registers[6]);
    if (skb !== this.#context) throw this.fault('r6 is not the context');
    const value = this.environment.core.load_packet(skb, (index + insn.imm) | 0, sizeBytes(insn.opcode));
    this.registers[0] = value < 0n ? 0n : value;
    if (value < 0n) this.#exit();
    else this.slot++;
  }

  #load(insn: Instruction): void {
    const size = sizeBytes(insn.opcode);
    const loaded = this.memory.load(this.#address(insn, insn.src), size);
    const extends_ = (insn.opcode & MODE_MASK) === Mode.MEMSX;
    this.registers[insn.dst] = extends_ ? BigInt.asUintN(64, BigInt.asIntN(size * 8, loaded)) : loaded;
    this.slot++;
  }

  #store(insn: Instruction): void {
    const isImmediate = kindOf(insn.opcode) === Kind.STORE_IMMEDIATE;
    const value = isImmediate ? BigInt.asUintN(64, BigInt(insn.imm)) : (this.registers[insn.src] as bigint);
    this.memory.store(this.#address(insn, insn.dst), sizeBytes(insn.opcode), value);
    this.slot++;
  }

  #atomic(insn: Instruction): void {
    const size = sizeBytes(insn.opcode);
    if (insn.imm === LOAD_ACQUIRE) this.registers[insn.dst] = this.memory.load(this.#address(insn, insn.src), size);
    else if (insn.imm === STORE_RELEASE) {
      this.memory.store(this.#address(insn, insn.dst), size, this.registers[insn.src] as bigint);
    } else this.#readModifyWrite(insn, size);
    this.slot++;
  }

  #readModifyWrite(insn: Instruction, size: number): void {
    if (size !== 4 && size !== 8) throw this.fault('no atomic operation of this size');
    const { registers } = this;
    const address = this.#address(insn, insn.dst);
    const old = this.memory.atomic(insn.imm, address, size, registers[insn.src] as bigint, registers[0] as bigint);
    if (old === undefined) throw this.fault('no such atomic operation');
    if (insn.imm === Atomic.CMPXCHG) registers[0] = old;
    else if ((insn.imm & Atomic.FETCH) !== 0) registers[insn.src] = old;
  }

  #address(insn: Instruction, register: number): bigint {
    return BigInt.asUintN(64, (this.registers[register] as bigint) + BigInt(insn.offset));
  }
}

/** Class STX, mode ATOMIC, of any size. */
function isAtomic(insn: Instruction): boolean {
  return (insn.opcode & ~0x18) === (Mode.ATOMIC | 0x03) && insn.opcode !== Opcode.CALL;
}
