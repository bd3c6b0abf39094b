/** One verification: the input, what the passes found out about each slot, counters and the log. */
import type { ErrnoName } from '../../errno.js';
import { ProgramFlags } from '../../uapi.js';
import type { ProgramMap } from '../types.js';
import { LogText } from './log/text.js';
import { StackLiveness } from './prune/stack-liveness.js';
import { Refusal } from './refusal.js';
import type { Register } from './register.js';
import { Slots } from './slots.js';
import { AluMasks } from './speculation.js';
import type { Frame, State } from './state.js';
import type { FunctionInfo, LineInfo, VerifyInput, VerifyWarning } from './types.js';

export interface Subprogram {
  readonly start: number;
  end: number;
  hasTailCall: boolean;
  hasPacketLoad: boolean;
  stackDepth: number;
  isAsyncCallback: boolean;
  readonly info: FunctionInfo | null;
  readonly isGlobal: boolean;
  called: boolean;
  changesPacket: boolean;
  mightSleep: boolean;
}

/** Maps seen at one call site: one map, or several. */
export interface CallSite {
  map: ProgramMap | null;
  poisoned: boolean;
}

export interface PendingPath {
  readonly state: State;
  readonly slot: number;
  readonly previous: number;
  readonly logMark: number;
}

export interface StateList {
  readonly state: State;
  misses: number;
  hits: number;
}

export class Env {
  readonly input: VerifyInput;
  readonly slots: Slots;
  readonly log: LogText;
  readonly flags: number;
  readonly type: number;
  readonly rules412: boolean;
  readonly bpfCapable: boolean;
  readonly allowPointerLeaks: boolean;
  readonly allowUninitStack: boolean;
  readonly strictAlignment: boolean;
  readonly testStateFrequency: boolean;
  readonly checkInvariants: boolean;
  readonly maxInstructions: number;

  subprograms: Subprogram[] = [];
  usedMaps: ProgramMap[] = [];
  /** By slot of a load-immediate: its map. */
  readonly mapAt = new Map<number, ProgramMap>();
  readonly isPrunePoint: Uint8Array;
  readonly isJumpPoint: Uint8Array;
  readonly isForceCheckpoint: Uint8Array;
  readonly callsCallback: Uint8Array;
  /** Registers that may be read from here on, bit by bit. */
  readonly liveBefore: Uint16Array;
  readonly reached: Uint8Array;
  /** Kind of pointer that a load or store goes through, 0 = not seen. */
  readonly pointerType: Int32Array;
  readonly callSites = new Map<number, CallSite>();
  readonly lineAt = new Map<number, LineInfo>();

  /** Slots that no processor passes ahead of time, for a barrier stands before or behind them. */
  readonly noSpeculation: Uint8Array;
  readonly noSpeculationBehind: Uint8Array;
  readonly masks: AluMasks;
  /** Numbers that move pointers are compared in full: their masks may differ. */
  comparesExactly = false;
  /** An access that was found right, and that the kernel then cannot carry out. */
  unconvertible = false;
  /** End of the last bytes of the context that any path touches. */
  maxContextOffset = 0;
  state!: State;
  slot = 0;
  previousSlot = 0;
  processed = 0;
  /** Units of work before the clock is looked at. */
  untilTick = 1;
  jumps = 0;
  previousProcessed = 0;
  previousJumps = 0;
  idCounter = 0;
  totalStates = 0;
  peakStates = 0;
  exploredStates = 0;
  maxStatesPerInstruction = 0;
  pending: PendingPath[] = [];
  explored: (StateList[] | undefined)[] = [];
  /** Where the current instruction's entry lies in the state's history; −1: it has none. */
  entry = -1;
  /** Sets of linked scalars that history entries name by number, counted from 1. */
  readonly linkedSets: (readonly number[])[] = [];
  readonly liveness: StackLiveness;
  /** A callback's or may_goto's loop was closed, and paths below its head are open: states are compared in full. */
  hasOpenLoop = false;
  backEdges: { readonly old: State; readonly state: State }[] = [];
  warnings: VerifyWarning[] = [];
  /** Registers and stack slots to print, level 2. */
  touchedRegisters = 0;
  readonly touchedStack = new Set<number>();
  touchedAll = false;

  constructor(input: VerifyInput) {
    this.input = input;
    this.slots = new Slots(input.insns);
    this.flags = input.flags ?? 0;
    this.type = input.type;
    this.rules412 = input.rules === '4.12';
    const capabilities = input.capabilities ?? 'all';
    this.bpfCapable = capabilities !== 'none';
    const perfmon = capabilities === 'all' || capabilities === 'bpf+perfmon';
    this.allowPointerLeaks = perfmon;
    this.allowUninitStack = perfmon;
    this.strictAlignment =
      (this.flags & ProgramFlags.STRICT_ALIGNMENT) !== 0 && (this.flags & ProgramFlags.ANY_ALIGNMENT) === 0;
    this.testStateFrequency = this.bpfCapable && (this.flags & ProgramFlags.TEST_STATE_FREQ) !== 0;
    this.checkInvariants = this.bpfCapable && (this.flags & ProgramFlags.TEST_REG_INVARIANTS) !== 0;
    this.maxInstructions = input.limits?.maxInstructions ?? 1_000_000;
    this.liveness = new StackLiveness(this);
    this.log = new LogText(input.logLevel ?? 0);
    const { count } = this.slots;
    this.isPrunePoint = new Uint8Array(count + 1);
    this.isJumpPoint = new Uint8Array(count + 1);
    this.isForceCheckpoint = new Uint8Array(count + 1);
    this.callsCallback = new Uint8Array(count + 1);
    this.liveBefore = new Uint16Array(count + 1);
    this.reached = new Uint8Array(count);
    this.pointerType = new Int32Array(count);
    this.noSpeculation = new Uint8Array(count);
    this.noSpeculationBehind = new Uint8Array(count);
    this.masks = new AluMasks(count);
    for (const line of input.lines ?? []) this.lineAt.set(line.slot, line);
  }

  /** The program is refused with this last message. */
  refuse(code: ErrnoName, message: string): never {
    if (message !== '') this.log.line(message);
    throw new Refusal(code, message);
  }

  /** As refuse, where the log has more than the message and has it already. */
  refuseSilently(code: ErrnoName, message: string): never {
    throw new Refusal(code, message);
  }

  get frame(): Frame {
    return this.state.current;
  }

  register(number: number): Register {
    return this.state.current.register(number);
  }

  /** For reading only. */
  peek(number: number): Register {
    return this.state.current.peek(number);
  }

  newId(): number {
    this.idCounter++;
    return this.idCounter;
  }

  get isSleepable(): boolean {
    return this.state.inSleepable;
  }

  touch(register: number): void {
    this.touchedRegisters |= 1 << register;
  }

  /** Whichever frame's: the log shows the slot of the current one. */
  touchStack(slot: number): void {
    this.touchedStack.add(slot);
  }

  touchEverything(): void {
    this.touchedAll = true;
  }

  subprogramAt(slot: number): number {
    return this.subprograms.findIndex((subprogram) => subprogram.start === slot);
  }

  /** Index of the function that a slot lies in. */
  subprogramOf(slot: number): number {
    let low = 0;
    let high = this.subprograms.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.subprograms[middle] as Subprogram).start <= slot) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
