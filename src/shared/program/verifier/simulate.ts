/** Following every path through the program, one instruction after the other. */
import { Call, Class, CLASS_MASK, Mode, MODE_MASK, Opcode, sizeBytes } from '../insn/opcodes.js';
import { checkArithmetic } from './arithmetic.js';
import { checkAtomic, checkLoad, checkStore } from './atomics.js';
import { spend } from './budget.js';
import { checkHelperCall } from './calls/helper.js';
import { checkSubprogramCall, newFrame } from './calls/subprogram.js';
import type { Env } from './env.js';
import { checkExit } from './exit.js';
import { SPIN_UNLOCK } from './helper-ids.js';
import { checkLoadImmediate } from './immediates.js';
import { checkConditionalJump } from './jump.js';
import { formatSlot } from './log/instruction.js';
import { formatState, printTouched } from './log/state.js';
import { checkMemory } from './memory/access.js';
import { checkPacketLoad } from './packet-load.js';
import { finishPath } from './paths.js';
import { notePointer } from './pointer-type.js';
import { pushHistory } from './precision/history.js';
import { isVisited, settleBackEdges } from './prune/visit.js';
import { Kind } from './register-kinds.js';
import { endsSpeculation } from './speculation.js';
import { State } from './state.js';
import { checkReadable } from './values.js';

/** Verify one function from its first slot: main, or a global function on its own. */
export function simulate(env: Env, subprogram: number, setArguments: (state: State) => void): void {
  const start = env.subprograms[subprogram]?.start ?? 0;
  const state = new State();
  state.branches = 1;
  state.inSleepable = (env.flags & 16) !== 0;
  state.frames.push(newFrame(-1, 0, subprogram, !env.bpfCapable));
  setArguments(state);
  env.state = state;
  env.liveness.forgetFunction();
  env.slot = start;
  env.previousSlot = -1;
  state.firstSlot = start;
  env.explored = [];
  env.pending = [];
  env.touchEverything();
  run(env);
  env.log.reset(0);
}

export function setContext(state: State): void {
  state.current.register(1).setPointer(Kind.CTX);
}

function run(env: Env): void {
  let announce = false;
  for (;;) {
    countInstruction(env);
    const { slot } = env;
    if (env.input.observer?.follows?.(slot) === false) {
      if (!nextPath(env)) return;
      continue;
    }
    env.state.lastSlot = env.previousSlot;
    env.state.slot = slot;
    env.entry = -1;
    if (env.isPrunePoint[slot] && isVisited(env, slot)) {
      if (env.log.detailed) logSafe(env, announce);
      if (!nextPath(env)) return;
      announce = true;
      continue;
    }
    if (env.isJumpPoint[slot]) pushHistory(env, 0, null);
    if (env.log.detailed) logInstruction(env, announce);
    announce = false;
    if (!env.state.speculative) env.reached[slot] = 1;
    env.input.observer?.state?.(slot, env.state);
    const before = env.slot;
    const depth = env.state.depth;
    env.liveness.begin();
    const next = env.state.speculative ? stepAhead(env, slot) : step(env, slot);
    if (next >= 0 && env.state.depth === depth) env.liveness.commit(slot);
    else env.liveness.forgetFunction();
    if (next < 0) {
      if (!nextPath(env)) return;
      announce = true;
      continue;
    }
    if (env.state.depth < depth) announce = true;
    env.previousSlot = before;
    env.slot = next;
  }
}

function countInstruction(env: Env): void {
  if (++env.processed > env.maxInstructions) {
    env.refuse('E2BIG', `BPF program is too large. Processed ${env.processed} insn`);
  }
  spend(env);
}

function logSafe(env: Env, announce: boolean): void {
  if (announce) env.log.line(`\nfrom ${env.previousSlot} to ${env.slot}: safe`);
  else env.log.line(`${env.slot}: safe`);
}

function logInstruction(env: Env, announce: boolean): void {
  if (announce && env.log.everything) {
    const ahead = env.state.speculative ? ' (speculative execution)' : '';
    env.log.line(
      `\nfrom ${env.previousSlot} to ${env.slot}${ahead}:${formatState(env, env.state, env.state.depth, true)}`,
    );
  }
  printTouched(env);
  const line = env.lineAt.get(env.slot);
  if (line) env.log.line(`; ${line.text.trim()}${line.file ? ` @ ${line.file}:${line.line}` : ''}`);
  env.log.instruction(`${env.slot}: ${formatSlot(env.slots, env.slot)}`);
}

/** End the current path and take up the one that was left last. Returns false when none is left. */
function nextPath(env: Env): boolean {
  env.touchEverything();
  finishPath(env.state);
  settleBackEdges(env);
  const path = env.pending.pop();
  if (path === undefined) return false;
  env.state = path.state;
  env.liveness.forgetFunction();
  env.previousSlot = path.previous;
  env.slot = path.slot;
  env.log.reset(path.logMark);
  return true;
}

/** As step, where only a processor comes ahead of time. */
function stepAhead(env: Env, slot: number): number {
  if (env.noSpeculation[slot] === 1) return -1;
  try {
    const next = step(env, slot);
    return env.noSpeculationBehind[slot] === 1 ? -1 : next;
  } catch (error) {
    if (!endsSpeculation(env, error)) throw error;
    env.noSpeculation[slot] = 1;
    env.masks.forget(slot);
    return -1;
  }
}

/** Check one instruction; returns the slot to go on with, −1 where the path ends. */
function step(env: Env, slot: number): number {
  const { slots } = env;
  const opcode = slots.op(slot);
  switch (opcode & CLASS_MASK) {
    case Class.ALU:
    case Class.ALU64:
      checkArithmetic(env, slot);
      return slot + 1;
    case Class.LDX:
      checkLoad(
        env,
        slot,
        slots.to(slot),
        slots.from(slot),
        sizeBytes(opcode),
        false,
        (opcode & MODE_MASK) === Mode.MEMSX,
      );
      return slot + 1;
    case Class.STX:
      stepStore(env, slot, opcode);
      return slot + 1;
    case Class.ST:
      stepStoreImmediate(env, slot, opcode);
      return slot + 1;
    case Class.LD:
      return stepLoad(env, slot, opcode);
    default:
      env.jumps++;
      return stepJump(env, slot, opcode);
  }
}

function stepStore(env: Env, slot: number, opcode: number): void {
  const mode = opcode & MODE_MASK;
  if (mode === Mode.ATOMIC) {
    checkAtomic(env, slot);
    return;
  }
  if (mode !== Mode.MEM || env.slots.value(slot) !== 0) env.refuse('EINVAL', 'BPF_STX uses reserved fields');
  checkStore(env, slot, sizeBytes(opcode), false);
}

function stepStoreImmediate(env: Env, slot: number, opcode: number): void {
  const { slots } = env;
  if ((opcode & MODE_MASK) !== Mode.MEM || slots.from(slot) !== 0) env.refuse('EINVAL', 'BPF_ST uses reserved fields');
  const dst = slots.to(slot);
  checkReadable(env, dst);
  const { type } = env.peek(dst);
  const value = { immediate: slots.value(slot) };
  const size = sizeBytes(opcode);
  checkMemory(env, {
    pointer: dst,
    off: slots.off(slot),
    size,
    write: true,
    destination: -1,
    value,
    aligned: false,
    signed: false,
  });
  notePointer(env, slot, type);
}

function stepLoad(env: Env, slot: number, opcode: number): number {
  const mode = opcode & MODE_MASK;
  if (mode === Mode.ABS || mode === Mode.IND) {
    checkPacketLoad(env, slot);
    return slot + 1;
  }
  checkLoadImmediate(env, slot);
  return slot + 2;
}

function stepJump(env: Env, slot: number, opcode: number): number {
  const { slots } = env;
  const code = opcode & 0xf0;
  if (code === 0x80) return stepCall(env, slot, opcode);
  if (code === 0x90) return checkExit(env, slot);
  if (code !== 0) return checkConditionalJump(env, slot);
  const long = opcode === Opcode.GOTO_LONG;
  const unused = long ? slots.off(slot) : slots.value(slot);
  if ((opcode & 8) !== 0 || (slots.from(slot) | slots.to(slot) | unused) !== 0) {
    env.refuse('EINVAL', 'BPF_JA uses reserved fields');
  }
  return slots.jumpTarget(slot);
}

function stepCall(env: Env, slot: number, opcode: number): number {
  const { slots } = env;
  const kind = slots.from(slot);
  const reserved = slots.to(slot) !== 0 || slots.off(slot) !== 0 || kind > Call.KERNEL_FUNCTION;
  if (opcode !== Opcode.CALL || reserved) env.refuse('EINVAL', 'BPF_CALL uses reserved fields');
  if (
    env.state.activeLocks > 0 &&
    kind !== Call.SUBPROGRAM &&
    (kind !== Call.HELPER || slots.value(slot) !== SPIN_UNLOCK)
  ) {
    env.refuse('EINVAL', 'function calls are not allowed while holding a lock');
  }
  env.touch(0);
  if (kind === Call.KERNEL_FUNCTION) return slot + 1;
  if (kind === Call.SUBPROGRAM) return checkSubprogramCall(env, slot);
  checkHelperCall(env, slot);
  return slot + 1;
}
